/// How suspicious silence makes a φ-accrual detector (Hayashibara et al., SRDS 2004).
public struct PhiAccrualDetectorPolicy: Sendable, Equatable {
    /// The φ at which the peer is suspected, in thousandths: 8000 stands for 8 (Akka; 12000 in noisy clouds).
    public let milliThreshold: Int
    /// Silence forgiven on top of the learnt interval (Akka's cluster default is 3 s).
    public let acceptablePause: Nanoseconds
    /// The least standard deviation assumed (Akka 100 ms); without it a steady peer is suspected at a hiccup.
    public let minimumDeviation: Nanoseconds
    /// The interval assumed before any was seen (Akka 1 s), with a quarter of it as the deviation.
    public let firstInterval: Nanoseconds
    /// How many intervals are remembered (Akka 1000). After a noisy period the detector stays slow until as many
    /// quiet intervals have pushed the noise out.
    public let samples: Int
    /// The normal quantile of the tail 10^−φ, as a fixed-point number with 24 fractional bits.
    ///
    /// It is the exact normal tail. Akka and its descendants use a logistic approximation, which puts the
    /// quantile of φ = 8 at 5.22 instead of 5.61: at a deviation of 100 ms we suspect 39 ms later than they do.
    public let quantile: Int64

    /// A policy; traps on values that cannot work.
    public init(
        milliThreshold: Int,
        acceptablePause: Nanoseconds,
        minimumDeviation: Nanoseconds,
        firstInterval: Nanoseconds,
        samples: Int
    ) {
        precondition((1000...300_000).contains(milliThreshold), "the threshold must lie in 1...300")
        requireSpan(acceptablePause, atLeast: 0, "acceptablePause")
        requireSpan(minimumDeviation, "minimumDeviation")
        requireSpan(firstInterval, atLeast: 4, "firstInterval")
        precondition(firstInterval <= PhiAccrualDetector.longestInterval, "firstInterval is too long")
        precondition(minimumDeviation <= PhiAccrualDetector.longestInterval, "minimumDeviation is too long")
        precondition((2...8192).contains(samples), "samples must lie in 2...8192")
        self.milliThreshold = milliThreshold
        self.acceptablePause = acceptablePause
        self.minimumDeviation = minimumDeviation
        self.firstInterval = firstInterval
        self.samples = samples
        quantile = Int64(NormalTail.quantile(milliPhi: milliThreshold) * 16_777_216)
    }
}
