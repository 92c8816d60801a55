import Foundation

/// Instants as the receivers write them. Instants are milliseconds since 1970.
package enum Timestamp {
    /// `2026-11-21T20:59:31.042Z`
    package static func rfc3339(_ milliseconds: Int64) -> String {
        let (seconds, rest) = divided(milliseconds)
        var instant = time_t(seconds)
        var parts = tm()
        gmtime_r(&instant, &parts)
        let date = "\(pad(Int(parts.tm_year) + 1900, 4))-\(pad(Int(parts.tm_mon) + 1, 2))-\(pad(Int(parts.tm_mday), 2))"
        let time = "\(pad(Int(parts.tm_hour), 2)):\(pad(Int(parts.tm_min), 2)):\(pad(Int(parts.tm_sec), 2))"
        return "\(date)T\(time).\(pad(Int(rest), 3))Z"
    }

    /// How long `Retry-After` asks to wait, in milliseconds: whole seconds, or a date (RFC 9110, section 10.2.3); nil where
    /// it is neither.
    package static func retryAfter(_ text: String, now: Int64) -> Int64? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) {
            return Int64(text).flatMap { $0 > Int64.max / 1000 ? nil : $0 * 1000 }
        }
        return httpDate(text).map { Swift.max(0, $0 - now) }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the form that servers must send (RFC 9110, section 5.6.7).
    private static func httpDate(_ text: String) -> Int64? {
        let words = text.split(separator: " ").map(String.init)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[5] == "GMT", let day = Int32(words[1]),
            let month = months.firstIndex(of: words[2]),
            let year = Int32(words[3]), (1970...9999).contains(year)
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int32($0) }
        guard clock.count == 3, (1...31).contains(day), clock[0] < 24, clock[1] < 60, clock[2] <= 60,
            clock.allSatisfy({ $0 >= 0 })
        else { return nil }
        var parts = tm()
        parts.tm_year = year - 1900
        parts.tm_mon = Int32(month)
        parts.tm_mday = day
        parts.tm_hour = clock[0]
        parts.tm_min = clock[1]
        parts.tm_sec = clock[2]
        return Int64(timegm(&parts)) * 1000
    }

    private static func divided(_ milliseconds: Int64) -> (Int64, Int64) {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return rest < 0 ? (seconds - 1, rest + 1000) : (seconds, rest)
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: Swift.max(0, width - text.count)) + text
    }
}
