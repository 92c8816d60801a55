import ChaosPlan
import Glibc

/// Packets dropped, refused or lost at random by rules of iptables.
final class IPTablesPartition: HostMechanism {
    private let flavour: IPTables.Flavour
    private let match: TrafficMatch
    private let verdict: IPTablesRules.Verdict
    /// By address family, each put in force in one transaction.
    private let rules: [IPTablesRules]
    private let host: HostContext

    var name: String { flavour.mechanism }

    static func make(
        _ request: FaultRequest, match: TrafficMatch, mode: Partition.Mode
    ) throws(HostError) -> any HostMechanism {
        try IPTablesPartition(request, match: match, verdict: mode == .drop ? .drop : .reject)
    }

    /// Random loss, in each direction for itself.
    static func makeLoss(
        _ request: FaultRequest, match: TrafficMatch, share: Share
    ) throws(HostError) -> any HostMechanism {
        try IPTablesPartition(request, match: match, verdict: .lose(share))
    }

    private init(_ request: FaultRequest, match: TrafficMatch, verdict: IPTablesRules.Verdict) throws(HostError) {
        self.match = match
        self.verdict = verdict
        host = request.host
        flavour = try IPTables.flavour(request.mechanism ?? "iptables")
        try Self.check(match)
        let chain = IPTablesRules.chain(run: request.host.run, fault: request.id)
        rules = [false, true].compactMap { IPTablesRules(match, verdict: verdict, chain: chain, isV6: $0) }
        for rules in rules {
            if ProgramRun.find(flavour.program("restore", isV6: rules.isV6)) == nil {
                throw HostError(
                    .unsupported, "no program `\(flavour.program("restore", isV6: rules.isV6))`",
                    hint: "install the package iptables")
            }
            guard try presence(rules).isEmpty else {
                throw HostError(
                    .busy, "a chain \(chain) is there already", hint: "pay what an earlier run left: gauntlet recover")
            }
        }
    }

    private static func check(_ match: TrafficMatch) throws(HostError) {
        let pairs = match.peers.count * max(1, match.local.count)
        guard pairs <= IPTablesRules.mostRules else {
            throw HostError(
                .unsupported, "\(pairs) pairs of addresses are too many for iptables",
                hint: "take prefixes, or `mechanism: nftables`")
        }
        for isV6 in [false, true] where !match.local.isEmpty && !match.local.contains(where: { $0.isV6 == isV6 }) {
            if let peer = match.peers.first(where: { $0.isV6 == isV6 }) {
                throw HostError(
                    .malformed, "no address in `local` is of the family of the peer \(peer.text)",
                    hint: "add one, or leave the peer out")
            }
        }
        guard let interface = match.interface else { return }
        // A `+` at the end would mean all that begin so; anything odd could be read as more than a name.
        let isPlain = interface.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "._-@".utf8.contains(byte)
        }
        guard isPlain else {
            throw HostError(.unsupported, "iptables cannot name the interface `\(interface)`", hint: "rename it")
        }
        guard if_nametoindex(interface) != 0 else {
            throw HostError(.missing, "no interface `\(interface)`", hint: "list them: ip link")
        }
    }

    private func presence(_ rules: IPTablesRules) throws(HostError) -> IPTablesPresence {
        IPTablesPresence(try flavour.saved(isV6: rules.isV6), chain: rules.chain, hooks: rules.hooks)
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        for rules in rules {
            try undo.record(
                .iptables(
                    flavour: flavour.rawValue, family: rules.isV6 ? "ip6" : "ip", table: IPTablesRules.table,
                    chain: rules.chain, hooks: rules.hooks.map(\.rawValue), namespace: .current))
            // Within the lease, for this thread renews nothing meanwhile.
            let limit = min(max(host.deadline - BootTime.now - 100_000_000, 300_000_000), 10_000_000_000)
            let run = try ProgramRun(
                flavour.restoring(isV6: rules.isV6, patience: max(1, Int(limit / 1_000_000_000))),
                input: Array(rules.injection.utf8), limit: limit)
            // It waits for its input yet. Were we to die now, it could still commit after the guardian has looked for the
            // chain; paid before that, this step waits for its death.
            try undo.record(.worker(run.identity))
            let outcome = run.wait()
            guard outcome.isSuccess else {
                throw HostError(
                    .failed, "\(flavour.program("restore", isV6: rules.isV6)): \(outcome.reason)",
                    hint: outcome.code == 4 ? "another program holds the lock /run/xtables.lock" : "")
            }
            undo.reach(.midInjection)
        }
    }

    func readBack() throws(HostError) -> Evidence {
        for rules in rules {
            let presence = try presence(rules)
            for (hook, lines) in rules.rules {
                let found = presence.chains[hook] ?? 0
                guard found == lines.count, presence.jumps[hook] == 1 else {
                    let chain = IPTablesRules.chain(rules.chain, at: hook)
                    return Evidence(
                        "\(name): \(chain) has \(found) of \(lines.count) rules and \(presence.jumps[hook] ?? 0) jumps from \(hook.rawValue): another changed it",
                        isEffective: false)
                }
            }
        }
        let hooks = IPTablesRules.Hook.allCases.filter { hook in rules.contains { $0.hooks.contains(hook) } }
        var text =
            "\(name): chain \(rules[0].chain), \(match.peers.count) peers, \(verdict.name) at "
            + hooks.map(\.rawValue).joined(separator: " and ")
        if hooks.contains(.output), verdict != .reject {
            text += "; unlike on a real network a local sender of UDP sees EPERM for what OUTPUT drops"
        }
        return Evidence(text, targets: match.peers.map(\.text))
    }

    /// There is nothing at hand that the recorded steps do not say: they are paid next.
    func revert() throws(HostError) {}

    func residue() throws(HostError) -> [String] {
        var left: [String] = []
        for rules in rules where try !presence(rules).isEmpty {
            left.append("\(name): \(rules.chain) (\(rules.isV6 ? "ip6" : "ip"))")
        }
        return left
    }
}
