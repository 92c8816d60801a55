public import ChaosPlan

extension Draw.Purpose {
    public static let phase = Self("phase")
    public static let arrivals = Self("arrivals")
    public static let publish = Self("publish")
}

/// When one client (or publisher) is due: the k-th time at phase + k·interval + a uniform share of the interval. A fixed
/// schedule, the same in both worlds at the same seed, that no answer can shift.
public struct Arrivals: Sendable {
    public let phase: Nanoseconds
    public let interval: Nanoseconds
    private let stream: Draw

    /// Of the client that asks agent `name`.
    public static func requests(seed: UInt64, agent name: String, interval: Nanoseconds) -> Arrivals {
        let entity = Draw.hash(name)
        let interval = max(1, interval)
        return Arrivals(
            phase: Draw(seed: seed, purpose: .phase, entity: entity).uniform(0, below: interval), interval: interval,
            stream: Draw(seed: seed, purpose: .arrivals, entity: entity))
    }

    /// Of agent `name` as a publisher.
    public static func messages(seed: UInt64, agent name: String, interval: Nanoseconds) -> Arrivals {
        let entity = Draw.hash(name)
        let interval = max(1, interval)
        return Arrivals(
            phase: Draw(seed: seed, purpose: .phase, entity: entity ^ 1).uniform(0, below: interval),
            interval: interval, stream: Draw(seed: seed, purpose: .publish, entity: entity))
    }

    /// From the start of the run.
    public subscript(k: Int) -> Nanoseconds {
        phase + Nanoseconds(k) * interval + stream.uniform(UInt64(k), below: interval)
    }

    /// The first that is due at `time` or later.
    public func first(from time: Nanoseconds) -> Int {
        var k = max(0, Int((time - phase) / interval) - 1)
        while self[k] < time { k += 1 }
        return k
    }
}
