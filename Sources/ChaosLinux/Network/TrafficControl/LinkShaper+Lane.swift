extension LinkShaper {
    /// What is done to the meant packets.
    enum Treatment: Hashable {
        case netem(NetemOptions)
        case tbf(RateOptions)
        case htb(RateOptions)

        var name: String {
            switch self {
            case .netem: "netem"
            case .tbf: "tbf"
            case .htb: "htb"
            }
        }

        /// The qdisc that acts: below our class, or for arriving packets at the ifb's root.
        var leaf: (kind: String, options: NetlinkWriter) {
            switch self {
            case .netem(let options): ("netem", options.body)
            case .tbf(let rate): ("tbf", rate.tbf)
            case .htb(let rate): ("bfifo", rate.bfifo)
            }
        }

        /// The rate of the class above it.
        var rate: RateOptions {
            if case .htb(let rate) = self { return rate }
            return .unlimited
        }

        func differences(from options: [UInt8]) -> [String] {
            switch self {
            case .netem(let wanted): wanted.differences(from: options)
            case .tbf(let wanted): wanted.tbfDifferences(from: options)
            case .htb(let wanted): wanted.bfifoDifferences(from: options)
            }
        }
    }

    /// One way of the meant packets through one interface.
    struct Lane {
        var link: LinkIdentity
        var minor: UInt16
        var meant: [FlowPattern]
        var exempt: [FlowPattern]
        /// For arriving packets: through which they are sent.
        var ifb: LinkIdentity?
        /// A root qdisc, not ours, that gives way until we are done.
        var wrapped: ForeignRoot?

        /// A filter: where, which class, whether redirected.
        struct Filter {
            var pattern: FlowPattern
            var info: UInt32
            var parent: UInt32
            var target: UInt32
            var redirect: Int32?
        }

        /// Exempt ones first, and with the better priority.
        var filters: [Filter] {
            let parent = ifb == nil ? Handle.ours : Handle.arriving
            let first = Handle.priority(minor)
            func filter(_ pattern: FlowPattern, isExempt: Bool) -> Filter {
                let priority = first + (isExempt ? 0 : 2) + (pattern.isV6 ? 1 : 0)
                // To the root's own handle: straight out. On arrival a class means nothing but must be named.
                let target =
                    ifb == nil ? (isExempt ? Handle.ours : Handle.lane(minor)) : 0xFFFF_0000 | UInt32(minor)
                return Filter(
                    pattern: pattern, info: UInt32(priority) << 16 | UInt32(pattern.ethernet), parent: parent,
                    target: target, redirect: isExempt ? nil : ifb?.index)
            }
            return exempt.map { filter($0, isExempt: true) } + meant.map { filter($0, isExempt: false) }
        }
    }
}

extension LinkShaper.Lane {
    /// What of it the kernel shows differently, in words; empty if all is as it should be.
    func differences(_ treatment: LinkShaper.Treatment, _ socket: NetlinkSocket) throws(HostError) -> [String] {
        var differences: [String] = []
        let filters = self.filters
        let carrier = ifb ?? link
        if try Links.find(index: carrier.index, socket) != carrier { return ["\(carrier.name) is gone"] }
        let qdiscs = try TrafficControl.qdiscs(of: carrier.index, socket)
        let isClassful: Bool
        if case .htb = treatment { isClassful = true } else { isClassful = ifb == nil }
        if isClassful {
            if !TrafficControl.isOurs(qdiscs.first { $0.parent == Handle.root }) { return ["no htb 4741: at the root"] }
            let classes = try TrafficControl.classes(of: carrier.index, socket)
            if let found = classes.first(where: { $0.handle == Handle.lane(minor) }) {
                differences += treatment.rate.htbDifferences(from: found.options ?? [])
            } else {
                differences.append("no class \(Handle.text(Handle.lane(minor)))")
            }
        }
        let kind = treatment.leaf.kind
        let parent = isClassful ? Handle.lane(minor) : Handle.root
        let leaf = qdiscs.first { $0.kind == kind && $0.handle == Handle.leaf(minor) && $0.parent == parent }
        if let leaf {
            differences += treatment.differences(from: leaf.options ?? [])
        } else {
            differences.append("no \(kind) \(Handle.text(Handle.leaf(minor)))")
        }
        let at = ifb == nil ? Handle.ours : Handle.arriving
        // A u32 table of its own shows as a filter too, without a selector.
        let shown = try TrafficControl.filters(of: minor, on: link.index, at: at, socket)
            .filter { $0.attributes[5] != nil }
        if shown.count != filters.count { differences.append("\(shown.count) filters, not \(filters.count)") }
        // Each priority's filters in their order: quick where there are thousands.
        for (priority, wanted) in Dictionary(grouping: filters, by: \.info) {
            let found = shown.filter { $0.info == priority }
            for (filter, one) in zip(wanted, found)
            where !filter.pattern.isShown(
                by: one.options ?? [], class: filter.target, redirectedTo: filter.redirect)
            {
                differences.append("a filter of priority \(priority >> 16) matches something else")
            }
        }
        return differences
    }
}
