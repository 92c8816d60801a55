import ArgumentParser

/// How fast virtual time passes beside the clock: `1x`, `2.5x`, `600x`.
struct PaceArgument: ExpressibleByArgument {
    /// Virtual seconds in each real one.
    var speed: Double

    init?(argument: String) {
        let number = argument.hasSuffix("x") ? argument.dropLast() : Substring(argument)
        // Slower than a tenth, an interrupt would wait for ten seconds; faster than a week in six seconds is not held back.
        guard let speed = Double(number), (0.1...100_000).contains(speed) else { return nil }
        self.speed = speed
    }
}
