/// Quantiles of samples.
public enum SampleQuantile {
    /// Linear between the ordered values (Hyndman and Fan's seventh definition, as most tools have it); nil without
    /// values. `share`: 0...1.
    public static func of(_ values: [Double], _ share: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        let ordered = values.sorted()
        let position = max(0, min(1, share)) * Double(ordered.count - 1)
        let low = Int(position)
        let high = min(low + 1, ordered.count - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (position - Double(low))
    }

    public static func median(_ values: [Double]) -> Double? { of(values, 0.5) }
}
