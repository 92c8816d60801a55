/// How many independent trials it takes to show a reliability.
public enum Demonstration {
    /// The fewest trials of which at most `failures` may fail to show `reliability` at `confidence`. Without failures it
    /// is ln(1 − C) ÷ ln R; with k failures the smallest n with P(at most k failures in n) ≤ 1 − C.
    public static func trials(reliability: Double, confidence: Double = 0.95, failures: Int = 0) -> Int {
        precondition(reliability > 0 && reliability < 1 && confidence > 0 && confidence < 1, "shares between 0 and 1")
        precondition(failures >= 0, "a number of failures")
        var low = failures
        var high = failures + 1
        func shows(_ n: Int) -> Bool {
            // P(X ≤ k) of a binomial is I_R(n − k, k + 1).
            n > failures
                && SpecialFunctions.incompleteBeta(reliability, Double(n - failures), Double(failures + 1))
                    <= 1 - confidence
        }
        while !shows(high) {
            low = high
            high *= 2
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if shows(middle) { high = middle } else { low = middle }
        }
        return high
    }
}
