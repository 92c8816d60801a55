internal import Foundation

/// The service's time.
public protocol ServiceClock: Sendable {
    /// Seconds since 1970, UTC.
    var now: Int64 { get }
    /// Whether it is the host's own: what it says can then be compared with what programs wrote down.
    var isReal: Bool { get }
    /// Returns after so many of its seconds, or throws when the task is cancelled.
    func sleep(seconds: Int64) async throws
}

/// The host's.
public struct WallClock: ServiceClock {
    public init() {}

    public var now: Int64 { Int64(Date().timeIntervalSince1970) }
    public var isReal: Bool { true }

    public func sleep(seconds: Int64) async throws { try await Task.sleep(for: .seconds(seconds)) }
}

/// One that runs faster, for tests: `rate` of its seconds in each of the host's, and equal in every process that is given
/// the same beginning.
package struct FastClock: ServiceClock {
    private let rate: Double
    private let begin: Int64
    private let origin: Double

    /// - Parameters:
    ///   - origin: the host's time (since 1970) at which it showed `begin`.
    package init(rate: Double, begin: Int64, origin: Double) {
        self.rate = rate
        self.begin = begin
        self.origin = origin
    }

    package var now: Int64 { begin + Int64((Date().timeIntervalSince1970 - origin) * rate) }
    package var isReal: Bool { false }

    package func sleep(seconds: Int64) async throws {
        try await Task.sleep(for: .milliseconds(max(10, Int64(Double(seconds) * 1000 / rate))))
    }
}
