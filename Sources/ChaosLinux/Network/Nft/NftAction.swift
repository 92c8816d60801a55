/// What becomes of the packets that match.
package enum NftAction: Hashable, Sendable {
    /// Silence.
    case drop
    /// An answer at once: a TCP reset, else ICMP port unreachable.
    case reject
    /// Silence for each packet with this probability.
    case lose(partsPerMillion: UInt32)
    /// Handed to whoever listens at the queue; passes where nobody does. `isNative` as NftSupport.hasQueue says.
    case queue(UInt16, isNative: Bool)

    /// Whether senders on this host shall not notice.
    var isSilent: Bool {
        switch self {
        case .drop, .lose: true
        case .reject, .queue: false
        }
    }

    /// `drop`, in comments and evidence.
    package var word: String {
        switch self {
        case .drop: "drop"
        case .reject: "reject"
        case .lose: "lose"
        case .queue: "queue"
        }
    }

    /// What ends a rule, by transport where that makes a difference.
    func endings(_ transport: TrafficMatch.Transport?) -> [(condition: [NftExpression], end: [NftExpression])] {
        switch self {
        case .drop: return [([], [.counter, .verdict(.drop)])]
        case .lose(let share): return [([], [.chance(partsPerMillion: share), .counter, .verdict(.drop)])]
        case .queue(let number, let isNative):
            // Copies that the listener itself sends do not come to it again.
            let isOriginal: [NftExpression] = [
                .meta(.mark), .compare(.notEqual, NftExpression.native(QueueMark.copies)),
            ]
            return [(isOriginal, [.counter, isNative ? .queue(number) : .xtQueue(number)])]
        case .reject:
            let reset: [NftExpression] = [.counter, .reject(.tcpReset)]
            let unreachable: [NftExpression] = [.counter, .reject(.portUnreachable)]
            switch transport {
            case .tcp: return [([], reset)]
            case .udp, .icmp: return [([], unreachable)]
            // The reset needs a rule that has looked at the protocol itself.
            case nil: return [(NftSelector.transport(6), reset), (NftSelector.transport(6, isNot: true), unreachable)]
            }
        }
    }
}
