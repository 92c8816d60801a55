/// Integer nanoseconds: an instant counts from the start of a run, a length is a difference of two instants.
///
/// Signed 64 bits reach 292 years. Files write durations with their unit (`500ms`, `2min`, `168h`).
public typealias Nanoseconds = Int64

extension Nanoseconds {
    public static var microsecond: Nanoseconds { 1_000 }
    public static var millisecond: Nanoseconds { 1_000_000 }
    public static var second: Nanoseconds { 1_000_000_000 }
    public static var minute: Nanoseconds { 60 * .second }
    public static var hour: Nanoseconds { 60 * .minute }
}

/// A share of a whole in parts per million, so that no floating point reaches the simulated state: 99.9 % is 999,000.
public struct Share: Hashable, Comparable, Codable, Sendable {
    public var partsPerMillion: Int64

    public init(partsPerMillion: Int64) { self.partsPerMillion = partsPerMillion }

    public static let zero = Share(partsPerMillion: 0)
    public static let whole = Share(partsPerMillion: 1_000_000)

    public static func < (a: Share, b: Share) -> Bool { a.partsPerMillion < b.partsPerMillion }

    /// `count` × this share, rounded up, at least one where there is anything to pick from.
    public func roundedUp(of count: Int) -> Int {
        guard count > 0, partsPerMillion > 0 else { return 0 }
        return Int((Int64(count) * partsPerMillion + 999_999) / 1_000_000)
    }

    /// In percent, exactly: `99.95 %`.
    public var text: String {
        let digits = String(partsPerMillion.magnitude % 10_000 + 10_000).dropFirst()
        let decimals = String(digits.reversed().drop { $0 == "0" }.reversed())
        let sign = partsPerMillion < 0 ? "-" : ""
        return "\(sign)\(partsPerMillion.magnitude / 10_000)\(decimals.isEmpty ? "" : "." + decimals) %"
    }

    /// As a fraction, for reports.
    public var fraction: Double { Double(partsPerMillion) / 1_000_000 }
}

/// How often something happens, as the exact time between two of them on average: `2/s` is 500 ms.
public struct Rate: Hashable, Codable, Sendable {
    /// Zero means never.
    public var interval: Nanoseconds

    public init(interval: Nanoseconds) { self.interval = interval }

    public var perSecond: Double { interval == 0 ? 0 : 1e9 / Double(interval) }
}
