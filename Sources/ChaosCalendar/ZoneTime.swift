internal import Foundation

/// A time zone as the time zone database has it: from instants to local wall-clock time and back.
///
/// Instants are seconds since 1970 UTC. A local time is the number of seconds at which a clock in UTC would show the same.
public struct ZoneTime: Hashable, Sendable {
    /// `Europe/Berlin`.
    public let identifier: String
    private let zone: TimeZone

    public static let utc = ZoneTime(identifier: "UTC", zone: .gmt)

    /// Nil for a zone that the database does not have.
    public init?(_ identifier: String) {
        if ["UTC", "Etc/UTC", "GMT"].contains(identifier) {
            self.init(identifier: identifier, zone: .gmt)
            return
        }
        // The database's names only: `GMT+1` and abbreviations mean different things to different people.
        guard identifier.contains("/"), let zone = TimeZone(identifier: identifier) else { return nil }
        self.init(identifier: identifier, zone: zone)
    }

    private init(identifier: String, zone: TimeZone) {
        self.identifier = identifier
        self.zone = zone
    }

    /// Names of the database, for hints.
    public static var known: [String] { ["UTC"] + TimeZone.knownTimeZoneIdentifiers }

    /// Seconds east of Greenwich.
    public func offset(at instant: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant))))
    }

    public func local(of instant: Int64) -> Int64 { instant + offset(at: instant) }

    /// When the clocks show a local time.
    public enum Instants: Hashable, Sendable {
        case once(Int64)
        /// Clocks were put back over it.
        case twice(Int64, Int64)
        /// Clocks were put forward over it; the first instant after that.
        case never(firstAfter: Int64)
    }

    public func instants(of local: Int64) -> Instants {
        // No zone is further from Greenwich than 14 h, so these two lie before and behind whatever `local` means.
        let before = offset(at: local - 16 * 3600)
        let after = offset(at: local + 16 * 3600)
        if before == after { return .once(local - before) }
        let early = local - Swift.max(before, after)
        let late = local - Swift.min(before, after)
        let isEarly = self.local(of: early) == local
        let isLate = self.local(of: late) == local
        if isEarly, isLate { return .twice(early, late) }
        if isEarly { return .once(early) }
        if isLate { return .once(late) }
        // The change lies between the two: the first instant with the later offset.
        var (low, high) = (early, late)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(at: middle) == after { high = middle } else { low = middle }
        }
        return .never(firstAfter: high)
    }

    /// The first instant at which clocks show `local`, or the first after the gap that swallowed it.
    public func first(of local: Int64) -> Int64 {
        switch instants(of: local) {
        case .once(let instant), .twice(let instant, _), .never(let instant): instant
        }
    }

    /// Whether the offset is the same all through a local day and the days beside it; nil where it is not.
    func constantOffset(around day: CivilDay) -> Int64? {
        let start = day.number * 86_400
        let before = offset(at: start - 40 * 3600)
        return before == offset(at: start + 64 * 3600) ? before : nil
    }

    /// `2026-11-21 20:59`, with seconds where there are any.
    public func text(_ instant: Int64) -> String {
        let local = local(of: instant)
        let day = CivilDay(number: local.floorDivided(by: 86_400))
        let second = local - day.number * 86_400
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let seconds = second % 60 == 0 ? "" : ":\(two(second % 60))"
        return "\(day.text) \(two(second / 3600)):\(two(second / 60 % 60))\(seconds)"
    }
}

extension Int64 {
    /// Towards minus infinity: days before 1970 too.
    package func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
