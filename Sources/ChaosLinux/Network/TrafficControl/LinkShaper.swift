import ChaosPlan

/// A fault by traffic control: netem, tbf or htb for just the meant flows, on the way out of an interface, or on arrival
/// through an `ifb`.
final class LinkShaper: HostMechanism {
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
    }

    /// Lanes in force, of all faults of this executor: they share an interface's root.
    private struct Occupied {
        var fault: String
        var link: Int32
        var isArriving: Bool
        var minor: UInt16
        var meant: [FlowPattern]
        var wrapped: ForeignRoot?
    }

    nonisolated(unsafe) private static var occupied: [Occupied] = []

    let name: String
    private let fault: String
    private let summary: String
    private let treatment: Treatment
    private let lanes: [Lane]
    /// Recorded by this process, to be paid first by ourselves.
    private var steps: [UndoStep] = []

    /// Checks that it can be done on the match's interfaces.
    init(
        _ request: FaultRequest, match: TrafficMatch, treatment: Treatment, summary: String
    ) throws(HostError) {
        name = treatment.name
        fault = request.id
        self.summary = summary
        self.treatment = treatment
        guard match.user == nil else {
            throw HostError(
                .unsupported, "traffic control cannot tell a user's packets",
                hint: "leave out `user`, or choose nftables")
        }
        let socket = try NetlinkSocket(.route)
        let mayWrap = request.parameters.at("allow-wrap").flag
        var lanes: [Lane] = []
        for (isLeaving, isArriving, towards) in Self.ways(of: match) {
            let meant = try FlowPattern.patterns(of: match, isLeaving: isLeaving)
            var exempt: [FlowPattern] = []
            for flow in match.exempt { exempt.append(try FlowPattern.exempt(flow, isLeaving: isLeaving)) }
            let links: [LinkIdentity]
            if let interface = match.interface {
                guard let link = try Links.find(name: interface, socket) else {
                    throw HostError(.missing, "no interface `\(interface)`", hint: "see: ip link")
                }
                links = [link]
            } else {
                links = try Links.towards(towards, socket)
            }
            for link in links {
                lanes.append(
                    try Self.lane(
                        request.id, link, meant, exempt, isArriving: isArriving, mayWrap: mayWrap, among: lanes, socket)
                )
            }
        }
        self.lanes = lanes
    }

    /// Which packets, whether caught on arrival, and where they go (or come from).
    private static func ways(
        of match: TrafficMatch
    ) -> [(isLeaving: Bool, isArriving: Bool, towards: [IPAddress])] {
        var ways: [(isLeaving: Bool, isArriving: Bool, towards: [IPAddress])] = []
        if match.direction != .in { ways.append((true, false, match.peers)) }
        if match.direction != .out {
            // A router sends them on: they are caught where they leave towards the near ends.
            ways.append(match.place == .forward ? (false, false, match.local) : (false, true, match.peers))
        }
        return ways
    }

    private static func lane(
        _ fault: String, _ link: LinkIdentity, _ meant: [FlowPattern], _ exempt: [FlowPattern], isArriving: Bool,
        mayWrap: Bool, among lanes: [Lane], _ socket: NetlinkSocket
    ) throws(HostError) -> Lane {
        var beside = occupied.filter { $0.link == link.index && $0.isArriving == isArriving }
        for lane in lanes where lane.link == link && (lane.ifb != nil) == isArriving {
            beside.append(
                Occupied(
                    fault: fault, link: link.index, isArriving: isArriving, minor: lane.minor, meant: lane.meant,
                    wrapped: lane.wrapped))
        }
        if let other = beside.first(where: { other in
            other.fault != fault && other.meant.contains { one in meant.contains { $0.overlaps(one) } }
        }) {
            throw HostError(
                .busy, "fault `\(other.fault)` already treats such packets on \(link.name)",
                hint: "revert it first, let one of them match less, or choose a mechanism that needs no qdisc")
        }
        guard let minor = (1...Handle.mostLanes).first(where: { minor in !beside.contains { $0.minor == minor } })
        else {
            throw HostError(.busy, "\(link.name) carries \(Handle.mostLanes) faults already")
        }
        var lane = Lane(link: link, minor: minor, meant: meant, exempt: exempt)
        if isArriving {
            try checkArriving(link, isShared: !beside.isEmpty, socket)
            lane.ifb = Links.newIfb()
            return lane
        }
        let root = try TrafficControl.root(of: link.index, socket)
        if TrafficControl.isOurs(root) {
            guard !beside.isEmpty else {
                throw HostError(
                    .busy, "\(link.name) carries a qdisc of another run of this harness (htb 4741:)",
                    hint: "wait for its end, or pay its debt: gauntlet recover")
            }
            lane.wrapped = beside.first?.wrapped
        } else if let root, !TrafficControl.isDefault(root) {
            guard mayWrap else {
                throw HostError(
                    .protected, "\(link.name) has a root qdisc that is not ours: \(TrafficControl.text(root))",
                    hint: "`allow-wrap: true` lets it give way and puts it back; or choose nftables or nfqueue")
            }
            lane.wrapped = try ForeignRoot.read(link, socket)
        }
        return lane
    }

    private static func checkArriving(
        _ link: LinkIdentity, isShared: Bool, _ socket: NetlinkSocket
    ) throws(HostError) {
        let there = try TrafficControl.qdiscs(of: link.index, socket).first { $0.handle >> 16 == 0xFFFF }
        if let there, !isShared {
            throw HostError(
                .protected, "\(link.name) has a qdisc for arriving packets that is not ours: \(there.kind)",
                hint: "act on the far end with `direction: out`, or choose nftables or nfqueue")
        }
    }

    // MARK: - HostMechanism

    func inject(undo: UndoRecorder) throws(HostError) {
        let socket = try NetlinkSocket(.route)
        for lane in lanes {
            Self.occupied.append(
                Occupied(
                    fault: fault, link: lane.link.index, isArriving: lane.ifb != nil, minor: lane.minor,
                    meant: lane.meant, wrapped: lane.wrapped))
            if let ifb = lane.ifb {
                try arrive(lane, ifb, undo, socket)
            } else {
                try leave(lane, undo, socket)
            }
        }
    }

    private func record(_ step: UndoStep, _ undo: UndoRecorder) throws(HostError) {
        try undo.record(step)
        steps.append(step)
    }

    /// Root, class, leaf, filters: no packet is touched before all is there.
    private func leave(_ lane: Lane, _ undo: UndoRecorder, _ socket: NetlinkSocket) throws(HostError) {
        let link = lane.link
        if let wrapped = lane.wrapped {
            try record(.restoreQdisc(link: link, description: wrapped.description), undo)
        }
        try record(.qdisc(link: link, parent: Handle.root, handle: Handle.ours, kind: "htb"), undo)
        let root = try TrafficControl.root(of: link.index, socket)
        if !TrafficControl.isOurs(root) {
            if let root, !TrafficControl.isDefault(root) {
                // It may have been set after the check: only what can be put back gives way.
                guard lane.wrapped != nil, lane.wrapped == (try ForeignRoot.read(link, socket)) else {
                    throw HostError(.busy, "\(link.name)'s root qdisc has changed: \(TrafficControl.text(root))")
                }
                try TrafficControl.delete(
                    TrafficMessage(
                        RouteMessage.deleteQdisc, index: link.index, handle: root.handle, parent: Handle.root),
                    "taking \(TrafficControl.text(root)) from \(link.name)", socket)
                undo.reach(.midInjection)
            }
            try TrafficControl.add(
                TrafficMessage(
                    RouteMessage.newQdisc, index: link.index, handle: Handle.ours, parent: Handle.root, kind: "htb",
                    options: RateOptions.htbRoot(others: 0)),
                "adding htb to \(link.name)", socket)
            undo.reach(.midInjection)
        }
        let (leaf, options) = treatment.leaf
        let laneHandle = Handle.lane(lane.minor)
        try record(
            .qdisc(link: link, parent: laneHandle, handle: Handle.leaf(lane.minor), kind: leaf), undo)
        try TrafficControl.add(
            TrafficMessage(
                RouteMessage.newClass, index: link.index, handle: laneHandle, parent: Handle.ours, kind: "htb",
                options: treatment.rate.htbClass),
            "adding an htb class to \(link.name)", socket)
        undo.reach(.midInjection)
        try TrafficControl.add(
            TrafficMessage(
                RouteMessage.newQdisc, index: link.index, handle: Handle.leaf(lane.minor), parent: laneHandle,
                kind: leaf, options: options),
            "adding \(leaf) to \(link.name)", socket)
        undo.reach(.midInjection)
        try addFilters(lane, undo, socket)
    }

    private func arrive(
        _ lane: Lane, _ ifb: LinkIdentity, _ undo: UndoRecorder, _ socket: NetlinkSocket
    ) throws(HostError) {
        try record(.link(ifb), undo)
        try Links.addIfb(ifb, socket)
        undo.reach(.midInjection)
        let (leaf, options) = treatment.leaf
        var parent = Handle.root
        if case .htb = treatment {
            try TrafficControl.add(
                TrafficMessage(
                    RouteMessage.newQdisc, index: ifb.index, handle: Handle.ours, parent: Handle.root, kind: "htb",
                    options: RateOptions.htbRoot(others: UInt32(lane.minor))),
                "adding htb to \(ifb.name)", socket)
            parent = Handle.lane(lane.minor)
            try TrafficControl.add(
                TrafficMessage(
                    RouteMessage.newClass, index: ifb.index, handle: parent, parent: Handle.ours, kind: "htb",
                    options: treatment.rate.htbClass),
                "adding an htb class to \(ifb.name)", socket)
        }
        try TrafficControl.add(
            TrafficMessage(
                RouteMessage.newQdisc, index: ifb.index, handle: Handle.leaf(lane.minor), parent: parent, kind: leaf,
                options: options),
            "adding \(leaf) to \(ifb.name)", socket)
        try Links.bringUp(ifb, socket)
        undo.reach(.midInjection)
        let link = lane.link
        try record(
            .qdisc(link: link, parent: Handle.clsact, handle: 0xFFFF_0000 | UInt32(lane.minor), kind: "clsact"), undo)
        let there = try TrafficControl.qdiscs(of: link.index, socket).first { $0.handle >> 16 == 0xFFFF }
        if there == nil {
            try TrafficControl.add(
                TrafficMessage(
                    RouteMessage.newQdisc, index: link.index, handle: 0xFFFF_0000, parent: Handle.clsact,
                    kind: "clsact"),
                "adding clsact to \(link.name)", socket)
            undo.reach(.midInjection)
        }
        try addFilters(lane, undo, socket)
    }

    /// A filter: where, which class, whether redirected.
    private struct Filter {
        var pattern: FlowPattern
        var info: UInt32
        var parent: UInt32
        var target: UInt32
        var redirect: Int32?
    }

    /// Exempt ones first, and with the better priority.
    private func filters(_ lane: Lane) -> [Filter] {
        let parent = lane.ifb == nil ? Handle.ours : Handle.arriving
        let first = Handle.priority(lane.minor)
        func filter(_ pattern: FlowPattern, isExempt: Bool) -> Filter {
            let priority = first + (isExempt ? 0 : 2) + (pattern.isV6 ? 1 : 0)
            // To the root's own handle: straight out. On arrival a class means nothing but must be named.
            let target =
                lane.ifb == nil ? (isExempt ? Handle.ours : Handle.lane(lane.minor)) : 0xFFFF_0000 | UInt32(lane.minor)
            return Filter(
                pattern: pattern, info: UInt32(priority) << 16 | UInt32(pattern.ethernet), parent: parent,
                target: target, redirect: isExempt ? nil : lane.ifb?.index)
        }
        return lane.exempt.map { filter($0, isExempt: true) } + lane.meant.map { filter($0, isExempt: false) }
    }

    private func addFilters(_ lane: Lane, _ undo: UndoRecorder, _ socket: NetlinkSocket) throws(HostError) {
        for filter in filters(lane) {
            try TrafficControl.add(
                TrafficMessage(
                    RouteMessage.newFilter, index: lane.link.index, handle: 0, parent: filter.parent,
                    info: filter.info, kind: "u32",
                    options: filter.pattern.options(class: filter.target, redirectedTo: filter.redirect)),
                "adding a filter to \(lane.link.name)", socket)
            undo.reach(.midInjection)
        }
    }

    func readBack() throws(HostError) -> Evidence {
        let socket = try NetlinkSocket(.route)
        var differences: [String] = []
        for lane in lanes {
            for difference in try Self.differences(lane, treatment, filters(lane), socket) {
                differences.append("\(lane.link.name): \(difference)")
            }
        }
        guard differences.isEmpty else {
            throw HostError(.failed, "read back, \(name) is not what was set: \(differences.joined(separator: "; "))")
        }
        let places = lanes.map { lane in
            lane.ifb.map { "\(lane.link.name) on arrival (through \($0.name))" }
                ?? "\(lane.link.name) class \(Handle.text(Handle.lane(lane.minor)))"
        }
        return Evidence(
            "\(name) \(summary) on \(places.joined(separator: ", "))",
            targets: Array(Set(lanes.map(\.link.name))).sorted())
    }

    private static func differences(
        _ lane: Lane, _ treatment: Treatment, _ filters: [Filter], _ socket: NetlinkSocket
    ) throws(HostError) -> [String] {
        var differences: [String] = []
        let carrier = lane.ifb ?? lane.link
        if try Links.find(index: carrier.index, socket) != carrier { return ["\(carrier.name) is gone"] }
        let qdiscs = try TrafficControl.qdiscs(of: carrier.index, socket)
        let isClassful: Bool
        if case .htb = treatment { isClassful = true } else { isClassful = lane.ifb == nil }
        if isClassful {
            if !TrafficControl.isOurs(qdiscs.first { $0.parent == Handle.root }) { return ["no htb 4741: at the root"] }
            let lanes = try TrafficControl.classes(of: carrier.index, socket)
            if let found = lanes.first(where: { $0.handle == Handle.lane(lane.minor) }) {
                differences += treatment.rate.htbDifferences(from: found.options ?? [])
            } else {
                differences.append("no class \(Handle.text(Handle.lane(lane.minor)))")
            }
        }
        let kind = treatment.leaf.kind
        let parent = isClassful ? Handle.lane(lane.minor) : Handle.root
        let leaf = qdiscs.first { $0.kind == kind && $0.handle == Handle.leaf(lane.minor) && $0.parent == parent }
        if let leaf {
            differences += treatment.differences(from: leaf.options ?? [])
        } else {
            differences.append("no \(kind) \(Handle.text(Handle.leaf(lane.minor)))")
        }
        let at = lane.ifb == nil ? Handle.ours : Handle.arriving
        // A u32 table of its own shows as a filter too, without a selector.
        let shown = try TrafficControl.filters(of: lane.minor, on: lane.link.index, at: at, socket)
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

    func revert() throws(HostError) {
        var owed: [String] = []
        for step in steps.reversed() {
            if case .owed(let why) = step.pay() { owed.append(why) }
        }
        Self.occupied.removeAll { $0.fault == fault }
        guard owed.isEmpty else { throw HostError(.failed, owed.joined(separator: "; ")) }
        steps = []
    }

    func residue() throws(HostError) -> [String] {
        let socket = try NetlinkSocket(.route)
        var residue: [String] = []
        for lane in lanes {
            let link = lane.link
            if let ifb = lane.ifb {
                if try Links.find(index: ifb.index, socket) == ifb { residue.append("the interface \(ifb.name)") }
                if try !TrafficControl.filters(of: lane.minor, on: link.index, at: Handle.arriving, socket).isEmpty {
                    residue.append("filters for arriving packets on \(link.name)")
                }
                let isShared = Self.occupied.contains { $0.link == link.index && $0.isArriving }
                if !isShared,
                    try TrafficControl.qdiscs(of: link.index, socket).contains(where: { $0.kind == "clsact" }),
                    try TrafficControl.filters(of: link.index, at: Handle.arriving, socket).isEmpty,
                    try TrafficControl.filters(of: link.index, at: Handle.leaving, socket).isEmpty
                {
                    residue.append("an empty clsact on \(link.name)")
                }
                continue
            }
            let root = try TrafficControl.root(of: link.index, socket)
            let isShared = Self.occupied.contains { $0.link == link.index && !$0.isArriving }
            if TrafficControl.isOurs(root) {
                if !isShared { residue.append("htb 4741: on \(link.name)") }
                if try TrafficControl.classes(of: link.index, socket).contains(where: {
                    $0.handle == Handle.lane(lane.minor)
                }) {
                    residue.append("class \(Handle.text(Handle.lane(lane.minor))) on \(link.name)")
                }
            } else if let wrapped = lane.wrapped, !isShared, TrafficControl.isDefault(root),
                try Links.find(index: link.index, socket) != nil
            {
                residue.append("\(link.name) lacks its own root qdisc, \(wrapped.parts.first?.kind ?? "")")
            }
        }
        return residue
    }
}
