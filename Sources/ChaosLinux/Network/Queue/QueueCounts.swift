/// What the engine has done so far, as it tells the executor.
package struct QueueCounts: Hashable, Sendable {
    package var arrived: UInt64 = 0
    var lost: UInt64 = 0
    var reordered: UInt64 = 0
    var duplicated: UInt64 = 0
    var corrupted: UInt64 = 0
    /// In the engine now.
    var held: UInt64 = 0
    /// Passed untreated, because the engine fell behind.
    package var missed: UInt64 = 0
    /// Copies that the kernel did not take.
    var unsent: UInt64 = 0
    /// Releases of packets that the kernel had dropped: with the interface, or with any chain of the namespace.
    var vanished: UInt64 = 0
    /// The largest time between a packet's due instant and its release, ns.
    var lateness: UInt64 = 0

    private static let fields: [any WritableKeyPath<QueueCounts, UInt64> & Sendable] = [
        \.arrived, \.lost, \.reordered, \.duplicated, \.corrupted, \.held, \.missed, \.unsent, \.vanished,
        \.lateness,
    ]

    package var words: String { Self.fields.map { "\(self[keyPath: $0])" }.joined(separator: " ") }

    package init() {}

    package init?(words: some StringProtocol) {
        let values = words.split(separator: " ").map { UInt64($0) }
        guard values.count == Self.fields.count else { return nil }
        for (field, value) in zip(Self.fields, values) {
            guard let value else { return nil }
            self[keyPath: field] = value
        }
    }

    package var text: String {
        var parts = ["\(arrived) packets"]
        for (count, what) in [
            (lost, "lost"), (reordered, "reordered"), (duplicated, "duplicated"), (corrupted, "corrupted"),
            (held, "held"), (missed, "passed untreated (engine behind)"), (unsent, "copies not sent"),
            (vanished, "releases too late (the kernel had dropped what was held: a chain or interface went)"),
        ] where count > 0 {
            parts.append("\(count) \(what)")
        }
        return parts.joined(separator: ", ")
    }
}
