import ArgumentParser
import ChaosCalendar
import Foundation

/// An instant on the command line: `2026-11-21T20:00:00Z`, or seconds since 1970.
struct InstantArgument: ExpressibleByArgument {
    /// Seconds since 1970, UTC.
    var seconds: Int64

    init?(argument: String) {
        if let seconds = Int64(argument), seconds >= 0, seconds < 1 << 40 {
            self.seconds = seconds
        } else if let date = try? Date(argument, strategy: .iso8601) {
            seconds = Int64(date.timeIntervalSince1970)
        } else {
            return nil
        }
    }
}
