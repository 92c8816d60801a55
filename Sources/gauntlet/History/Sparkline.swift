/// A series as one line of block characters.
enum Sparkline {
    private static let blocks = Array("▁▂▃▄▅▆▇█")

    /// - Parameters:
    ///   - values: oldest first; nil is a gap.
    ///   - width: in columns. Longer series are gathered, as many neighbours to a column as it takes.
    /// - Returns: the line, and the column of each value.
    static func draw(_ values: [Double?], width: Int) -> (text: String, columns: [Int]) {
        let count = min(values.count, max(1, width))
        let columns = values.indices.map { $0 * count / values.count }
        var sums = [(sum: Double, count: Int)](repeating: (0, 0), count: count)
        for (value, column) in zip(values, columns) {
            guard let value else { continue }
            sums[column].sum += value
            sums[column].count += 1
        }
        let means = sums.map { $0.count > 0 ? $0.sum / Double($0.count) : nil }
        let present = means.compactMap { $0 }
        guard let low = present.min(), let high = present.max() else {
            return (String(repeating: "·", count: count), columns)
        }
        // A series that never moves is a line through the middle, neither good nor bad.
        let text = means.map { mean -> Character in
            guard let mean else { return "·" }
            return high > low ? blocks[Int(((mean - low) / (high - low) * 7).rounded())] : blocks[3]
        }
        return (String(text), columns)
    }
}
