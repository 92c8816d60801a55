/// A mean with Student's interval.
public enum MeanInterval {
    /// Mean ± t·s/√n; nil for fewer than two values, which say nothing about their spread.
    public static func studentT(of values: [Double], confidence: Double = 0.95) -> (mean: Double, interval: Interval)? {
        guard values.count >= 2 else { return nil }
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let error = (squares / (n - 1) / n).squareRoot()
        let t = Quantile.studentT(1 - (1 - confidence) / 2, degreesOfFreedom: n - 1)
        return (
            mean, Interval(low: mean - t * error, high: mean + t * error, trials: values.count, method: "student-t")
        )
    }
}
