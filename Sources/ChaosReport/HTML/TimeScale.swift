import ChaosPlan

/// The time axis that all panels of the timeline share.
struct TimeScale {
    struct Tick {
        var time: Nanoseconds
        var label: String
    }

    /// Width of a plot's own coordinate system; the browser stretches it to the page.
    static let width = 1_000.0

    let end: Nanoseconds
    let ticks: [Tick]

    /// At most `most` ticks beside the one at zero.
    init(end: Nanoseconds, most: Int64 = 7) {
        let end = Swift.max(1, end)
        self.end = end
        let seconds: [Nanoseconds] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800,
            604_800, 2_592_000,
        ]
        let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].map { $0 * .millisecond } + seconds.map { $0 * .second }
        let step = steps.first { end / $0 <= most } ?? end
        ticks = stride(from: 0, through: end, by: Int(step)).map { time in
            Tick(time: time, label: Self.label(time, step: step, end: end))
        }
    }

    func percent(_ time: Nanoseconds) -> Double { share(time) * 100 }
    func x(_ time: Nanoseconds) -> Double { share(time) * Self.width }

    private func share(_ time: Nanoseconds) -> Double {
        Double(Swift.min(Swift.max(0, time), end)) / Double(end)
    }

    private static func label(_ time: Nanoseconds, step: Nanoseconds, end: Nanoseconds) -> String {
        if time == 0 { return "0" }
        if step >= 24 * .hour { return "\(time / (24 * .hour)) d" }
        if step >= .hour { return "\(time / .hour) h" }
        if step >= .minute { return end >= .hour ? clock(time / .minute) + " h" : "\(time / .minute) min" }
        if step >= .second { return end > .minute ? clock(time / .second) : "\(time / .second) s" }
        return Measure.time(time)
    }

    /// `1:30`, minutes and seconds or hours and minutes.
    private static func clock(_ units: Nanoseconds) -> String {
        let rest = units % 60
        return "\(units / 60):\(rest < 10 ? "0" : "")\(rest)"
    }
}
