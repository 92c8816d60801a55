import ChaosPlan

/// How long to wait before the next attempt: doubling from one second to ten minutes, each time half of it to all of it, so
/// that many notifiers do not come back at once.
package struct BackOff: Sendable {
    package static let first: Int64 = 1_000
    package static let longest: Int64 = 600_000
    /// A receiver that asks for more patience than this is asked again anyway.
    package static let longestAsked: Int64 = 3_600_000

    let seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    /// Milliseconds after the `attempts`-th failed attempt (from 1) to deliver the message of that id.
    package func delay(after attempts: Int, of id: String, asked: Int64?) -> Int64 {
        let doublings = Swift.min(Swift.max(0, attempts - 1), 20)
        let half = Swift.min(Self.longest, Self.first << Int64(doublings)) / 2
        let draw = Draw(seed: seed, purpose: .init("back-off"), entity: Draw.hash(id))
        let drawn = half + draw.uniform(UInt64(Swift.max(0, attempts)), below: half + 1)
        return Swift.max(drawn, Swift.min(asked ?? 0, Self.longestAsked))
    }
}
