package import ChaosPlan
import Glibc

/// Whether probes from outside a fault's mechanism saw its effect. Pure.
package enum ProofOfEffect {
    package struct Finding: Hashable {
        /// Nil if the probes could not tell (an unreachable far end before the fault, no probes).
        package var isProven: Bool?
        package var text: String

        package init(isProven: Bool? = nil, text: String) {
            self.isProven = isProven
            self.text = text
        }
    }

    /// What one probe says.
    private enum Verdict {
        case seen(String)
        case unseen(String)
        case unclear(String)
    }

    /// How long the probes of a fault in force must wait to see its effect (ns), at most 10 s.
    static func patience(kind: FaultKind, parameters: Value, probes: [ProbeTarget]) -> Int64 {
        let second: Int64 = 1_000_000_000
        var extra: Int64 = 0
        switch kind {
        case .latency, .reorder:
            for key in ["delay", "variation", "jitter", "by"] {
                extra += min(parameters[key]?.quantity ?? 0, 10 * second)
            }
            extra *= 2
        case .bandwidth:
            let bytes = probes.map { Double($0.count * ($0.size + 28)) }.reduce(0, +)
            if let limit = limit(parameters) { extra = Int64(min(bytes / limit * 2, 10) * 1e9) }
        default: break
        }
        return min(second + extra, 10 * second)
    }

    /// Compares each probe's results; `before` and `after` are in the same order.
    package static func judge(kind: FaultKind, parameters: Value, before: [ProbeResult], after: [ProbeResult])
        -> Finding
    {
        guard let look = look(kind, parameters) else {
            return Finding(isProven: nil, text: "could not tell: probes of the network do not see `\(kind.rawValue)`")
        }
        let pairs = zip(before, after).filter { isSeen(by: $0.0, parameters) }
        // Where some far ends are meant and others are not, the others are there for comparison.
        let peers = parameters.items("peers").compactMap { try? IPAddress($0.text) }
        let meant = pairs.filter { pair in peers.contains { $0.contains(pair.0.address) } }
        let judged = meant.isEmpty ? pairs : meant
        guard !judged.isEmpty else {
            return Finding(isProven: nil, text: "could not tell: no probe uses the protocol and port of the fault")
        }
        return summary(
            judged.map { before, after in
                // Refused is an answer too: somebody is there.
                before.answered + before.refused == 0
                    ? .unclear("\(before.probe) did not answer before")
                    : prefixed(after.probe, look(before, after))
            }, isForwarder: parameters["place"]?.text == TrafficMatch.Place.forward.rawValue)
    }

    private static func summary(_ verdicts: [Verdict], isForwarder: Bool) -> Finding {
        var seen: [String] = []
        var unseen: [String] = []
        var unclear: [String] = []
        for verdict in verdicts {
            switch verdict {
            case .seen(let text): seen.append(text)
            case .unseen(let text): unseen.append(text)
            case .unclear(let text): unclear.append(text)
            }
        }
        let text = (unseen + seen + unclear).joined(separator: "; ")
        if !unseen.isEmpty {
            if isForwarder {
                return Finding(
                    isProven: nil, text: "could not tell: a forwarder's own packets take another way; \(text)")
            }
            return Finding(isProven: false, text: "no effect seen: \(text)")
        }
        return seen.isEmpty
            ? Finding(isProven: nil, text: "could not tell: \(text)") : Finding(isProven: true, text: text)
    }

    private static func prefixed(_ probe: String, _ verdict: Verdict) -> Verdict {
        switch verdict {
        case .seen(let text): .seen("\(probe): \(text)")
        case .unseen(let text): .unseen("\(probe): \(text)")
        case .unclear(let text): .unclear("\(probe): \(text)")
        }
    }

    /// Whether the fault is about packets such as the probe's.
    private static func isSeen(by probe: ProbeResult, _ parameters: Value) -> Bool {
        if parameters["local-port"] != nil { return false }
        switch parameters["protocol"]?.text {
        case TrafficMatch.Transport.icmp.rawValue?: return probe.port == nil
        case TrafficMatch.Transport.tcp.rawValue?:
            return probe.port != nil && (parameters["port"].map { $0.int == probe.port } ?? true)
        case .some: return false
        case nil: return true
        }
    }

    private typealias Look = (_ before: ProbeResult, _ after: ProbeResult) -> Verdict

    /// Nil for a kind that probes do not see, or one whose parameters do not say how much.
    private static func look(_ kind: FaultKind, _ parameters: Value) -> Look? {
        // Both directions hit a probe twice: going and coming.
        let ways = parameters["direction"].map { $0.text == TrafficMatch.Direction.both.rawValue ? 2 : 1 } ?? 1
        switch kind {
        case .partition: return parameters["mode"]?.text == "reject" ? refusal : silence
        case .latency:
            return parameters["delay"].map { delay in { latency($0, $1, commanded: delay.quantity, ways: ways) } }
        case .loss:
            return parameters["share"].map { share in { loss($0, $1, share.share, ways: ways, isCorruption: false) } }
        case .corrupt:
            return parameters["share"].map { share in { loss($0, $1, share.share, ways: ways, isCorruption: true) } }
        case .duplicate:
            return parameters["share"].map { share in
                { count($0.duplicated, $1.duplicated, "duplicated", $0, $1, share.share, ways: ways) }
            }
        case .reorder:
            return parameters["share"].map { share in
                { count($0.reordered, $1.reordered, "out of order", $0, $1, share.share, ways: ways) }
            }
        case .bandwidth: return limit(parameters).map { limit in { bandwidth($0, $1, limit: limit) } }
        default: return nil
        }
    }

    /// Bytes a second.
    private static func limit(_ parameters: Value) -> Double? {
        guard let limit = (parameters["limit"] ?? parameters["rate"])?.quantity, limit > 0 else { return nil }
        return Double(limit)
    }

    // MARK: - Looks

    private static func silence(_ before: ProbeResult, _ after: ProbeResult) -> Verdict {
        let answers = after.answered + after.refused
        return answers == 0
            ? .seen("answered before, silent now")
            : .unseen("\(answers) of \(after.sent) still answered")
    }

    private static func refusal(_ before: ProbeResult, _ after: ProbeResult) -> Verdict {
        if before.answered == 0 { return .unclear("refused already before") }
        if after.answered > 0 { return .unseen("\(after.answered) of \(after.sent) still answered") }
        return after.refused > 0
            ? .seen("answered before, refused now") : .unseen("silent, where a refusal was commanded")
    }

    private static func latency(
        _ before: ProbeResult, _ after: ProbeResult, commanded: Int64, ways: Int
    ) -> Verdict {
        guard let was = before.medianNs else { return .unclear("gave no time before") }
        guard let now = after.medianNs else { return .unclear("no longer answers") }
        let expected = commanded * Int64(ways)
        let text = "median \(milliseconds(was)) before, \(milliseconds(now)) now, \(milliseconds(expected)) commanded"
        // Less than what varies by itself cannot be told from nothing.
        guard expected * 2 > (before.maximumNs ?? was) - was else {
            return .unclear("\(text): too little beside what varied before")
        }
        return Double(now - was) >= 0.6 * Double(expected) ? .seen(text) : .unseen(text)
    }

    /// Whether as many are gone (or changed) as commanded, and more than by chance without the fault.
    private static func loss(
        _ before: ProbeResult, _ after: ProbeResult, _ share: Share, ways: Int, isCorruption: Bool
    ) -> Verdict {
        func gone(_ result: ProbeResult) -> Int {
            // Most of the changed are thrown away by a checksum on their way.
            result.sent - result.answered - result.refused + (isCorruption ? result.corrupted : 0)
        }
        let lost = min(gone(after), after.sent)
        let word = isCorruption ? "lost or corrupted" : "lost"
        guard before.sent > 0, after.sent > 0 else { return .unclear("nothing was sent") }
        let usual = max(0.01, Double(gone(before)) / Double(before.sent))
        let fraction = Double(share.partsPerMillion) / 1e6
        let expected = 1 - (1 - usual) * pow(1 - fraction, Double(ways))
        let text = "\(lost) of \(after.sent) \(word), \(percent(expected)) expected"
        if Binomial.atMost(lost, of: after.sent, expected) < 0.01 { return .unseen("\(text): too few") }
        if Binomial.atLeast(lost, of: after.sent, expected) < 0.0001 {
            return .unseen("\(text): more than commanded, so something else is wrong")
        }
        if Binomial.atLeast(lost, of: after.sent, usual) < 0.05 { return .seen(text) }
        return .unclear("\(text): too few probes to tell it from chance")
    }

    /// What never happens by itself: once is proof; never, where it was all but certain, is disproof.
    private static func count(
        _ was: Int, _ now: Int, _ word: String, _ before: ProbeResult, _ after: ProbeResult, _ share: Share, ways: Int
    ) -> Verdict {
        let text = "\(now) \(word) of \(after.answered) answers"
        if was > 0 { return .unclear("\(was) \(word) already before") }
        if now > 0 { return .seen(text) }
        if before.port != nil { return .unclear("a connection does not show what is \(word)") }
        let chance = pow(1 - Double(share.partsPerMillion) / 1e6, Double(after.answered * ways))
        return chance < 0.01 ? .unseen(text) : .unclear("\(text): too few probes")
    }

    /// The last of many answers cannot come before all bytes have passed. Nor, above the limit's queue, can all come.
    private static func bandwidth(_ before: ProbeResult, _ after: ProbeResult, limit: Double) -> Verdict {
        guard before.port == nil else { return .unclear("a handshake has too few bytes") }
        guard let was = before.lastNs else { return .unclear("gave no time before") }
        let bytes = Double(after.sent * (after.size + (after.address.contains(":") ? 48 : 28)))
        let expected = bytes / limit * 1e9
        let lost = after.sent - after.answered
        let now = after.lastNs ?? 0
        let text =
            "\(Int(bytes)) bytes, the last answer after \(milliseconds(was)) before, after \(milliseconds(now)) now, "
            + "\(lost) lost; the limit makes it \(milliseconds(Int64(min(expected, 1e15))))"
        guard expected > 4 * Double(was), expected > 5e6 else {
            return .unclear("\(text): too few bytes; raise `count` and `size`")
        }
        let isLate = Double(now - was) >= 0.5 * expected
        let wasWhole = before.answered == before.sent
        // A limit that drops instead of delaying lets through no more than it says.
        return isLate || (wasWhole && lost * 4 >= after.sent) ? .seen(text) : .unseen(text)
    }

    private static func milliseconds(_ time: Int64) -> String {
        let micro = (time + 500) / 1_000
        let rest = String(abs(micro % 1_000) / 10)
        return "\(micro / 1_000).\(rest.count < 2 ? "0" : "")\(rest) ms"
    }

    private static func percent(_ fraction: Double) -> String { "\(Int((fraction * 100).rounded())) %" }
}

/// How likely so many of `n` are, each with probability `p`, independently.
package enum Binomial {
    package static func atLeast(_ k: Int, of n: Int, _ p: Double) -> Double {
        k <= 0 ? 1 : k > n ? 0 : min(1, (k...n).reduce(0) { $0 + exactly($1, of: n, p) })
    }

    package static func atMost(_ k: Int, of n: Int, _ p: Double) -> Double {
        k < 0 ? 0 : k >= n ? 1 : min(1, (0...k).reduce(0) { $0 + exactly($1, of: n, p) })
    }

    private static func exactly(_ k: Int, of n: Int, _ p: Double) -> Double {
        if p <= 0 { return k == 0 ? 1 : 0 }
        if p >= 1 { return k == n ? 1 : 0 }
        // By logarithms: a factorial of a thousand is past any number.
        let ways = lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
        return exp(ways + Double(k) * log(p) + Double(n - k) * log(1 - p))
    }
}

extension IPAddress {
    /// Whether a single address, as text, lies in this prefix.
    fileprivate func contains(_ text: String) -> Bool {
        guard let other = try? IPAddress(text), other.isV6 == isV6 else { return false }
        return (0..<octets.count).allSatisfy { index in
            let kept = min(8, max(0, prefix - index * 8))
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> kept)
            return octets[index] == other.octets[index] & mask
        }
    }
}
