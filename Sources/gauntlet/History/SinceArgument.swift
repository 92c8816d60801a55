import ArgumentParser
import Foundation

/// A start for `--since`: a day (`2026-11-01`), an instant (`2026-11-01T12:00:00Z`), or how long ago (`36h`, `14d`, `8w`).
struct SinceArgument: ExpressibleByArgument {
    private enum Start {
        /// Since 1970.
        case instant(Int64)
        case ago(Int64)
    }

    private var start: Start

    init?(argument: String) {
        let units: [Character: Int64] = ["h": 3600, "d": 86_400, "w": 604_800]
        if let last = argument.last, let unit = units[last], let count = Int64(argument.dropLast()),
            (0...1_000_000).contains(count)
        {
            start = .ago(count * unit)
            return
        }
        let instant = argument.utf8.count == 10 ? argument + "T00:00:00Z" : argument
        guard let date = try? Date(instant, strategy: .iso8601) else { return nil }
        start = .instant(Int64(date.timeIntervalSince1970))
    }

    /// In seconds since 1970.
    func seconds(now: Int64) -> Int64 {
        switch start {
        case .instant(let time): time
        case .ago(let length): now - length
        }
    }
}

extension Int64 {
    /// The machine's clock, in seconds since 1970.
    static var secondsNow: Int64 { Int64(Date().timeIntervalSince1970) }
}
