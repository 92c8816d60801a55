internal import ChaosPlan

/// Intervals by resampling, with draws of our own so that a report made again is the same report.
public enum Bootstrap {
    /// Percentile interval of median(second) − median(first); each sample is drawn from with replacement. Nil for fewer
    /// than two values on a side.
    public static func medianDifference(
        _ first: [Double], _ second: [Double], seed: UInt64 = 1, resamples: Int = 2000, confidence: Double = 0.95
    ) -> Interval? {
        guard first.count >= 2, second.count >= 2, resamples > 1 else { return nil }
        let draws = (
            Draw(seed: seed, purpose: .init("bootstrap-first"), entity: 0),
            Draw(seed: seed, purpose: .init("bootstrap-second"), entity: 0)
        )
        let differences = (0..<resamples).map { round in
            median(of: second, draws.1, round) - median(of: first, draws.0, round)
        }
        let tail = (1 - confidence) / 2
        guard let low = SampleQuantile.of(differences, tail), let high = SampleQuantile.of(differences, 1 - tail) else {
            return nil
        }
        return Interval(low: low, high: high, trials: first.count + second.count, method: "bootstrap")
    }

    private static func median(of values: [Double], _ draw: Draw, _ round: Int) -> Double {
        let again = values.indices.map { index in
            values[Int(draw.uniform(UInt64(round * values.count + index), below: UInt64(values.count)))]
        }
        return SampleQuantile.median(again) ?? 0
    }
}
