import ArgumentParser
import ChaosScore

/// The sequential test of a gate.
struct SequentialOptions: ParsableArguments {
    @Flag(help: "Runs seeds of a scenario in the simulated world until enough, or too few, of them hold.")
    var untilDecided = false

    @Option(
        name: .customLong("max"), parsing: .unconditional,
        help: "--until-decided: seeds after which it is inconclusive (default: 2000).")
    var maximum: Int?

    @Option(help: "--until-decided: the share of seeds that must hold (default: 99%).")
    var minHeld: ShareArgument?

    @Option(help: "--until-decided: how far below that the share is certainly too low (default: 1%).")
    var indifference: ShareArgument?

    @Option(
        help: "--until-decided: the probability, at most, of failing a fleet that holds often enough (default: 5%).")
    var alpha: ShareArgument?

    @Option(help: "--until-decided: the probability, at most, of passing one that does not (default: 5%).")
    var beta: ShareArgument?

    @Option(parsing: .unconditional, help: "--until-decided: the first seed (default: 1).")
    var seed: UInt64?

    @Option(parsing: .unconditional, help: "--until-decided: seeds at once (default: one for each core).")
    var jobs: Int?

    @Flag(help: "--until-decided: no progress.")
    var quiet = false

    func validate() throws {
        let given: [(String, Bool)] = [
            ("--max", maximum != nil), ("--min-held", minHeld != nil), ("--indifference", indifference != nil),
            ("--alpha", alpha != nil), ("--beta", beta != nil), ("--seed", seed != nil), ("--jobs", jobs != nil),
            ("--quiet", quiet),
        ]
        if !untilDecided, let surplus = given.first(where: \.1)?.0 {
            throw ValidationError("\(surplus) is for --until-decided alone")
        }
        guard (1...1_000_000).contains(limit) else {
            throw ValidationError("--max takes 1 to 1,000,000 seeds, not \(limit)")
        }
        guard jobs.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--jobs takes 1 to 1024") }
        guard first <= UInt64.max - UInt64(limit) else {
            throw ValidationError("--seed and --max together leave the range of seeds")
        }
        guard test != nil else {
            throw ValidationError(
                "--min-held \(good) with --indifference \(gap), --alpha and --beta is no test: the share lies below 100%, "
                    + "the indifference between 0% and the share, the two errors between 0% and 50%")
        }
    }

    var limit: Int { maximum ?? 2000 }
    var first: UInt64 { seed ?? 1 }
    private var good: ShareArgument { minHeld ?? ShareArgument(0.99) }
    private var gap: ShareArgument { indifference ?? ShareArgument(0.01) }

    var test: SequentialTest? {
        SequentialTest(
            good: good.fraction, bad: good.fraction - gap.fraction, alpha: (alpha ?? ShareArgument(0.05)).fraction,
            beta: (beta ?? ShareArgument(0.05)).fraction)
    }

    /// The options again, as words; what does not change the answer is left out.
    var words: [String] {
        var words = ["--until-decided"]
        if let maximum { words += ["--max", "\(maximum)"] }
        for (name, share) in [
            ("--min-held", minHeld), ("--indifference", indifference), ("--alpha", alpha), ("--beta", beta),
        ] {
            if let share { words += [name, share.description] }
        }
        if let seed { words += ["--seed", "\(seed)"] }
        return words
    }
}
