import ChaosPlan

/// Random small runs for property tests.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    private(set) var downs: [(from: Nanoseconds, to: Nanoseconds)] = []
    /// Every change lies on a multiple of this.
    let grain: Nanoseconds = 100 * .millisecond

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func run() -> RunBuilder {
        var run = RunBuilder()
        run.seed = state
        let start = Nanoseconds(300 + below(300)) * grain
        run.inject(at: start, targets: ["a0", "a1"], subjects: [0, 1])
        run.revert(at: min(start + 45 * .second, 90 * .second))
        downs = []
        for subject in 0..<10 {
            var at = Nanoseconds(below(800)) * grain
            for _ in 0..<below(4) {
                let to = at + Nanoseconds(1 + below(150)) * grain
                run.down(subject, at, to)
                downs.append((at, to))
                at = to + Nanoseconds(1 + below(200)) * grain
            }
        }
        return run
    }
}
