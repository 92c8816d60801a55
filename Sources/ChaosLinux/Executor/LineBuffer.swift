/// Bytes to lines, with a limit on what one may cost.
package struct LineBuffer {
    static let limit = 1 << 20

    private var pending: [UInt8] = []
    /// The rest of a line over the limit is thrown away.
    private var isSkipping = false

    package init() {}

    /// The lines that `bytes` complete; nil for one over the limit.
    package mutating func append(_ bytes: ArraySlice<UInt8>) -> [String?] {
        var lines: [String?] = []
        for part in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            if part.offset > 0 {
                lines.append(isSkipping ? nil : String(decoding: pending, as: UTF8.self))
                pending.removeAll(keepingCapacity: pending.count < 65_536)
                isSkipping = false
            }
            guard !isSkipping else { continue }
            pending += part.element
            if pending.count > Self.limit {
                pending.removeAll()
                isSkipping = true
            }
        }
        return lines
    }
}
