package import ChaosPlan

/// The rules of one fault for one address family, as `iptables-restore` reads them. Pure.
///
/// Everything is in chains of our own, one for each hook, and in one jump from each hook's built-in chain: nothing foreign
/// is ever named.
package struct IPTablesRules: Hashable {
    package enum Verdict: Hashable {
        /// Silence.
        case drop
        /// Refusal: a reset for TCP, "port unreachable" for the rest.
        case reject
        /// Each packet is dropped with this probability, independently.
        case lose(Share)

        var name: String {
            switch self {
            case .drop: "drop"
            case .reject: "reject"
            case .lose(let share): "lose \(Self.decimal(share)) of the packets"
            }
        }

        /// `0.050000`.
        fileprivate static func decimal(_ share: Share) -> String {
            let digits = String(share.partsPerMillion % 1_000_000)
            return "\(share.partsPerMillion / 1_000_000).\(String(repeating: "0", count: 6 - digits.count))\(digits)"
        }
    }

    /// A built-in chain that packets pass.
    package enum Hook: String, CaseIterable {
        case input = "INPUT"
        case output = "OUTPUT"
        case forward = "FORWARD"
    }

    /// One rule for each pair of a peer and a local address is what iptables can do; more than this is not for it.
    static let mostRules = 20_000
    static let table = "filter"
    private static let prefix = "GAUNTLET-"

    let isV6: Bool
    /// What the chains' names begin with.
    let chain: String
    /// In our chain at each hook.
    private(set) var rules: [(hook: Hook, lines: [String])] = []

    /// `GAUNTLET-1A2B3C4D`: the same for the same run and fault; with a hook's letter 19 of the 28 bytes there may be.
    package static func chain(run: String, fault: String) -> String {
        // FNV-1a: a name for people to recognise, not a secret.
        let hash = "\(run)/\(fault)".utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let digits = String(hash, radix: 16, uppercase: true)
        return prefix + String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// The chain at one hook.
    package static func chain(_ chain: String, at hook: Hook) -> String { "\(chain)-\(hook.rawValue.prefix(1))" }

    /// Whether a chain of this name can be ours.
    package static func isOurs(_ chain: String) -> Bool {
        chain.hasPrefix(prefix) && chain.utf8.count == 17
            && chain.dropFirst(prefix.count).allSatisfy { $0.isHexDigit && !$0.isLowercase }
    }

    /// Nil if the match has no pair of addresses of this family.
    package init?(_ match: TrafficMatch, verdict: Verdict, chain: String, isV6: Bool) {
        self.chain = chain
        self.isV6 = isV6
        let peers = match.peers.filter { $0.isV6 == isV6 }
        let local = match.local.filter { $0.isV6 == isV6 }
        guard !peers.isEmpty, match.local.isEmpty || !local.isEmpty else { return nil }
        let near: [IPAddress?] = local.isEmpty ? [nil] : local

        var lines: [(Hook, [String])] = []
        for (direction, hook) in Self.hooks(of: match) {
            var chain = match.exempt.compactMap { exemption($0, direction) }
            if verdict == .reject { chain += refusals }
            for peer in peers {
                for local in near {
                    let condition = condition(match, direction, peer: peer, local: local)
                    chain += targets(verdict, match.transport).map { "\(condition) \($0)" }
                }
            }
            lines.append((hook, chain))
        }
        // A forwarder sees both directions at one hook.
        for hook in Hook.allCases {
            let all = lines.filter { $0.0 == hook }.flatMap(\.1)
            if !all.isEmpty { rules.append((hook, all)) }
        }
    }

    package static func == (a: IPTablesRules, b: IPTablesRules) -> Bool {
        a.injection == b.injection && a.isV6 == b.isV6
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(injection) }

    var hooks: [Hook] { rules.map(\.hook) }

    /// One transaction: our chains filled, then jumped to. Without its last line nothing of it is done.
    package var injection: String {
        var lines = ["*\(Self.table)"]
        lines += hooks.map { ":\(Self.chain(chain, at: $0)) - [0:0]" }
        for (hook, rules) in rules { lines += rules.map { "-A \(Self.chain(chain, at: hook)) \($0)" } }
        lines += hooks.map { "-I \($0.rawValue) 1 -j \(Self.chain(chain, at: $0))" }
        return (lines + ["COMMIT", ""]).joined(separator: "\n")
    }

    private static func hooks(of match: TrafficMatch) -> [(TrafficMatch.Direction, Hook)] {
        let directions: [TrafficMatch.Direction] = match.direction == .both ? [.in, .out] : [match.direction]
        return directions.map { direction in
            switch match.place {
            case .forward: (direction, .forward)
            case .end: (direction, direction == .in ? .input : .output)
            }
        }
    }

    private func condition(
        _ match: TrafficMatch, _ direction: TrafficMatch.Direction, peer: IPAddress, local: IPAddress?
    ) -> String {
        let isIn = direction == .in
        var words = [isIn ? "-s" : "-d", peer.text]
        if let local { words += [isIn ? "-d" : "-s", local.text] }
        if let interface = match.interface { words += [isIn ? "-i" : "-o", interface] }
        switch match.transport {
        case .tcp?: words += ["-p", "tcp"]
        case .udp?: words += ["-p", "udp"]
        case .icmp?: words += ["-p", isV6 ? "ipv6-icmp" : "icmp"]
        case nil: break
        }
        if let port = match.port { words += [isIn ? "--sport" : "--dport", "\(port)"] }
        if let port = match.localPort { words += [isIn ? "--dport" : "--sport", "\(port)"] }
        if let user = match.user { words += ["-m", "owner", "--uid-owner", "\(user)"] }
        return words.joined(separator: " ")
    }

    private func targets(_ verdict: Verdict, _ transport: TrafficMatch.Transport?) -> [String] {
        let reset = "-j REJECT --reject-with tcp-reset"
        switch verdict {
        case .drop: return ["-j DROP"]
        case .lose(let share):
            return ["-m statistic --mode random --probability \(Verdict.decimal(share)) -j DROP"]
        case .reject where transport == .tcp: return [reset]
        case .reject where transport == nil: return ["-p tcp \(reset)", "-j REJECT"]
        case .reject: return ["-j REJECT"]
        }
    }

    /// The refusals themselves pass our own hooks on their way to whoever is refused.
    private var refusals: [String] {
        [
            "-p tcp --tcp-flags RST RST -j RETURN",
            isV6
                ? "-p ipv6-icmp --icmpv6-type destination-unreachable -j RETURN"
                : "-p icmp --icmp-type destination-unreachable -j RETURN",
        ]
    }

    /// Back to the built-in chain, so that a foreign rule decides as before.
    private func exemption(_ flow: ControlFlow, _ direction: TrafficMatch.Direction) -> String? {
        guard let address = try? IPAddress(flow.address), address.isV6 == isV6 else { return nil }
        let isIn = direction == .in
        var words = [isIn ? "-s" : "-d", address.text, "-p", "tcp", isIn ? "--sport" : "--dport", "\(flow.port)"]
        if let port = flow.localPort { words += [isIn ? "--dport" : "--sport", "\(port)"] }
        return (words + ["-j RETURN"]).joined(separator: " ")
    }
}

/// What of a fault `iptables-save` shows. Pure.
package struct IPTablesPresence: Hashable {
    /// Our chains that are there, by hook, with the number of their rules.
    package var chains: [IPTablesRules.Hook: Int] = [:]
    /// How often each hook jumps to ours.
    package var jumps: [IPTablesRules.Hook: Int] = [:]

    package var isEmpty: Bool { chains.isEmpty && jumps.isEmpty }

    /// Reads the output of `iptables-save`; other tables' and other owners' lines are passed over.
    package init(_ saved: String, chain: String, hooks: [IPTablesRules.Hook]) {
        var isTable = false
        let ours = hooks.map { (hook: $0, name: IPTablesRules.chain(chain, at: $0)) }
        for line in saved.split(separator: "\n") {
            if line.hasPrefix("*") { isTable = line == "*\(IPTablesRules.table)" }
            guard isTable, line.contains(chain) else { continue }
            for (hook, name) in ours {
                if line.hasPrefix(":\(name) ") { chains[hook, default: 0] += 0 }
                if line.hasPrefix("-A \(name) ") { chains[hook, default: 0] += 1 }
                if line == "-A \(hook.rawValue) -j \(name)" { jumps[hook, default: 0] += 1 }
            }
        }
    }

    /// One transaction that takes back what is there, by exact rule and name.
    package func removal(chain: String) -> String {
        var lines = ["*\(IPTablesRules.table)"]
        for hook in IPTablesRules.Hook.allCases {
            let name = IPTablesRules.chain(chain, at: hook)
            lines += Array(repeating: "-D \(hook.rawValue) -j \(name)", count: jumps[hook] ?? 0)
            if chains[hook] != nil { lines += ["-F \(name)", "-X \(name)"] }
        }
        return (lines + ["COMMIT", ""]).joined(separator: "\n")
    }
}
