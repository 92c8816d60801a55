package import ChaosPlan
import Glibc

/// A fault that is nothing but tables of ours: partition and loss.
package final class NftFault: HostMechanism {
    let name = "nftables"
    private let match: TrafficMatch
    private let action: NftAction
    private let places: String
    private let notes: [String]
    private let holder: NftHolder
    private let host: HostContext

    /// Checks what can be checked; changes nothing.
    init(_ request: FaultRequest, _ match: TrafficMatch, _ action: NftAction) throws(HostError) {
        let support = NftSupport.current
        if let missing = support.missing { throw missing }
        let interfaces = try Self.interfaces(match)
        if !match.local.isEmpty {
            for isV6 in [false, true] {
                guard let peer = match.peers.first(where: { $0.isV6 == isV6 }),
                    !match.local.contains(where: { $0.isV6 == isV6 })
                else { continue }
                throw HostError(
                    .malformed, "no address in `local` is of the family of the peer \(peer.text)",
                    hint: "add one, or leave the peer out")
            }
        }
        let isAtBridge = match.place == .forward && Self.hasBridges
        let layout = try NftLayout(
            match, name: NftTable.name(run: request.host.run, fault: request.id), action: action,
            egress: support.hasEgress ? interfaces : [], hasBridge: isAtBridge && NftSupport.hasBridge)
        var notes: [String] = []
        if match.place == .end, match.direction != .in, match.transport != .tcp {
            if action.isSilent, !support.hasEgress {
                notes.append("this kernel has no egress hook, so local UDP senders see EPERM")
            } else if action == .reject {
                notes.append("local UDP senders see EPERM besides the refusal")
            }
        }
        if isAtBridge, !action.isSilent || !NftSupport.hasBridge {
            notes.append("frames between a bridge's ports pass")
        }
        if !support.hasOwner {
            notes.append("this kernel's tables have no owner, so only lease and guardian take it back")
        }
        self.match = match
        self.action = action
        self.notes = notes
        places = layout.places
        host = request.host
        holder = try NftHolder(layout.tables)
    }

    /// The one that is asked for, else all that are there.
    private static func interfaces(_ match: TrafficMatch) throws(HostError) -> [NftLayout.Interface] {
        var all: [NftLayout.Interface] = []
        guard let list = if_nameindex() else { throw SystemCall.failure(errno, "listing the interfaces") }
        defer { if_freenameindex(list) }
        var entry = list
        while entry.pointee.if_index != 0, let name = entry.pointee.if_name {
            all.append(NftLayout.Interface(index: entry.pointee.if_index, name: String(cString: name)))
            entry += 1
        }
        guard let wanted = match.interface else { return all }
        guard let found = all.first(where: { $0.name == wanted }) else {
            throw HostError(
                .missing, "there is no interface `\(wanted)`", hint: NearestWord.hint(wanted, among: all.map(\.name)))
        }
        return [found]
    }

    private static var hasBridges: Bool {
        Links.areThere(ofKind: "bridge")
    }

    package func inject(undo: UndoRecorder) throws(HostError) {
        try holder.install(until: host.deadline, undo: undo)
    }

    package func readBack() throws(HostError) -> Evidence {
        let found = try holder.read()
        var held = 0
        var hit: UInt64 = 0
        for (table, rules, elements) in found {
            for set in table.sets where set.isLeased && table == holder.tables.first { held += elements[set.name] ?? 0 }
            for rule in rules where rule.comment.hasPrefix(action.word) { hit += rule.packets ?? 0 }
        }
        let peers = holder.tables.first?.sets.filter(\.isLeased).reduce(0) { $0 + $1.elements.count } ?? 0
        var text = "\(holder.tables.map(\.text).joined(separator: ", ")): \(action.word) at \(places), "
        text += held == peers ? "\(peers)" : "\(held) of \(peers)"
        text += match.local.isEmpty ? " peers" : " × \(match.local.count) addresses"
        if case .lose(let share) = action { text += ", \(Share(partsPerMillion: Int64(share)).text)" }
        text += ", \(hit) packets hit"
        for note in notes { text += "; \(note)" }
        if held < peers { text += "; the lease ran out" }
        return Evidence(text, targets: match.peers.map(\.text), isEffective: held == peers)
    }

    package func extend(until deadline: Int64) throws(HostError) { try holder.renew(until: deadline) }

    /// No packet matches any more, as after a revert, but the tables stay until that.
    func release() throws(HostError) { try holder.release() }

    package func revert() throws(HostError) { try holder.remove() }

    package func residue() throws(HostError) -> [String] { try holder.residue() }
}

/// Random loss by the packet, in the kernel: where it has no netem.
package enum NftLoss {
    /// Of `share` of the packets that match.
    package static func make(
        _ request: FaultRequest, match: TrafficMatch, share: Share
    ) throws(HostError) -> NftFault {
        guard (1...1_000_000).contains(share.partsPerMillion) else {
            throw HostError(.malformed, "a loss of \(share.text) is none", hint: "more than 0 %, at most 100 %")
        }
        return try NftFault(request, match, .lose(partsPerMillion: UInt32(share.partsPerMillion)))
    }

    static var capability: Capability { NftSupport.current.capability }
}

extension NftSupport {
    /// As `doctor` shows it.
    var capability: Capability {
        Capability("nftables", missing: missing?.message, remedy: missing?.hint ?? "")
    }
}
