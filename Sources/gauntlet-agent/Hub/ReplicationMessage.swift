import ChaosPlan
import ChaosResilience

/// What two hubs send each other: a line about the sender, and all that it knows.
struct ReplicationMessage: Sendable {
    /// What a message asks of its receiver.
    enum Request: String {
        /// Only its entries.
        case look
        /// To take in, in the course of things.
        case merge
        /// To take in, after a partition.
        case reconcile
    }

    /// The sender sees, or saw until just now, a partition.
    var isDegraded: Bool
    /// Since when a change of the sender's waits to reach the other; nil when none does.
    var dirtySince: Int64?
    var registry: OwnershipRegistry

    init(isDegraded: Bool, dirtySince: Int64?, registry: OwnershipRegistry) {
        self.isDegraded = isDegraded
        self.dirtySince = dirtySince
        self.registry = registry
    }

    /// Nil unless it is whole, and about the same fleet.
    init?(_ body: [UInt8], agents: Int, hub: UInt8, hubCount: Int) {
        let text = String(decoding: body, as: UTF8.self)
        guard let end = text.firstIndex(of: "\n") else { return nil }
        let words = text[..<end].split(separator: " ")
        guard words.count == 2, let dirty = Int64(words[1]),
            let registry = OwnershipRegistry(
                exchanged: text[text.index(after: end)...], agents: agents, hub: hub, hubCount: hubCount)
        else { return nil }
        self.init(isDegraded: words[0] == "1", dirtySince: dirty == 0 ? nil : dirty, registry: registry)
    }

    var text: String { "\(isDegraded ? 1 : 0) \(dirtySince ?? 0)\n" + registry.exchanged }
}
