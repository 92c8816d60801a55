/// Suspects a peer when silence has become improbable, judged by the intervals heard so far.
///
/// φ(t) = −log10 P(a heartbeat comes later than t) crosses the threshold at
///
///     last heard + mean + acceptable pause + z · max(σ, minimum σ)
///
/// with `z` the normal quantile of the tail 10^−threshold. Solving for the time once per heartbeat replaces
/// evaluating φ at every look, and lets a simulator jump to the deadline.
public struct PhiAccrualDetector: Sendable, Equatable {
    /// The policy this detector follows.
    public let policy: PhiAccrualDetectorPolicy
    private var intervals: [Int64] = []
    private var cursor = 0
    private var sum: Int64 = 0
    private var sumOfSquares: UInt128 = 0
    private var last: Nanoseconds
    @usableFromInline var belief: Suspicion = .trusted
    @usableFromInline var due: Nanoseconds = 0

    /// Longer intervals are remembered as this long (13 days), which keeps the sums of squares within 128 bits.
    static let longestInterval: Nanoseconds = 1 << 50

    /// A detector that trusts its peer, as if it had been heard at `now`.
    ///
    /// It begins with two assumed intervals, a quarter above and below the expected one, as Akka does.
    public init(policy: PhiAccrualDetectorPolicy, now: Nanoseconds) {
        self.policy = policy
        last = now
        remember(policy.firstInterval - policy.firstInterval / 4)
        remember(policy.firstInterval + policy.firstInterval / 4)
        due = computedDeadline()
    }

    /// When the peer was last heard.
    public var lastHeard: Nanoseconds { last }

    /// The present belief.
    @inlinable
    public var suspicion: Suspicion { belief }

    /// The instant at which φ reaches the threshold if nothing more is heard.
    @inlinable
    public var suspicionDeadline: Nanoseconds { due }

    /// The mean of the remembered intervals.
    public var meanInterval: Nanoseconds { sum / Int64(intervals.count) }

    /// The standard deviation of the remembered intervals (population), never below the policy's minimum.
    public var deviation: Nanoseconds {
        let count = UInt128(intervals.count)
        let spread = count * sumOfSquares - UInt128(sum) * UInt128(sum)
        // A steady peer stays under the minimum: most calls end here, without a root.
        let least = count * UInt128(policy.minimumDeviation)
        if spread <= least * least { return policy.minimumDeviation }
        return max(policy.minimumDeviation, Int64(spread.approximateSquareRoot / UInt64(intervals.count)))
    }

    /// A heartbeat arrived; returns the change when it ends a suspicion.
    ///
    /// The interval that led to a suspicion is not remembered (as in Akka): one outage would teach the detector
    /// to accept the next.
    @discardableResult
    public mutating func heard(now: Nanoseconds) -> Transition<Suspicion>? {
        if now > last {
            if now < due { remember(min(now - last, Self.longestInterval)) }
            last = now
            due = computedDeadline()
        }
        guard belief == .suspected else { return nil }
        belief = .trusted
        return Transition(from: .suspected, to: .trusted)
    }

    /// Looks at the time; returns the change when the peer has just become suspect.
    @inlinable
    @discardableResult
    public mutating func check(now: Nanoseconds) -> Transition<Suspicion>? {
        guard belief == .trusted, now >= due else { return nil }
        belief = .suspected
        return Transition(from: .trusted, to: .suspected)
    }

    private mutating func remember(_ interval: Int64) {
        if intervals.count < policy.samples {
            intervals.append(interval)
        } else {
            let forgotten = intervals[cursor]
            sum -= forgotten
            sumOfSquares -= UInt128(forgotten.magnitude) * UInt128(forgotten.magnitude)
            intervals[cursor] = interval
            cursor = cursor + 1 == policy.samples ? 0 : cursor + 1
        }
        sum += interval
        sumOfSquares += UInt128(interval.magnitude) * UInt128(interval.magnitude)
    }

    private func computedDeadline() -> Nanoseconds {
        let margin = (Int128(policy.quantile) * Int128(deviation)) >> 24
        return last + meanInterval + policy.acceptablePause + Int64(margin)
    }
}
