/// A set of counters 0, 1, 2 … that is nearly without gaps: everything below `next` but the gaps. Memory grows with the
/// gaps, not with the messages.
package struct GapSet: Hashable, Sendable {
    package private(set) var next: UInt32 = 0
    /// Sorted, disjoint, not touching, all below `next`.
    package private(set) var gaps: [Range<UInt32>] = []

    package init() {}

    package var count: Int {
        var missing = 0
        for gap in gaps { missing += gap.count }
        return Int(next) - missing
    }

    /// Returns false if it was there already.
    @inline(__always)
    @discardableResult
    package mutating func insert(_ value: UInt32) -> Bool {
        if value == next {
            next &+= 1
            return true
        }
        return insertOutOfOrder(value)
    }

    /// Ascending, what lies between the gaps.
    package var members: [ClosedRange<UInt32>] {
        var ranges: [ClosedRange<UInt32>] = []
        var low: UInt32 = 0
        for gap in gaps {
            if gap.lowerBound > low { ranges.append(low...gap.lowerBound - 1) }
            low = gap.upperBound
        }
        if next > low { ranges.append(low...next - 1) }
        return ranges
    }

    package func contains(_ value: UInt32) -> Bool {
        guard value < next else { return false }
        return gap(containing: value) == nil
    }

    package mutating func remove(_ value: UInt32) {
        guard contains(value) else { return }
        let position = gaps.firstIndex { $0.lowerBound > value } ?? gaps.count
        gaps.insert(value..<value + 1, at: position)
        if position + 1 < gaps.count, gaps[position + 1].lowerBound == value + 1 {
            gaps[position] = value..<gaps[position + 1].upperBound
            gaps.remove(at: position + 1)
        }
        if position > 0, gaps[position - 1].upperBound == value {
            gaps[position - 1] = gaps[position - 1].lowerBound..<gaps[position].upperBound
            gaps.remove(at: position)
        }
        if let last = gaps.last, last.upperBound == next {
            next = last.lowerBound
            gaps.removeLast()
        }
    }

    /// Members of this set that are not in `other`, ascending.
    package func subtracting(_ other: GapSet) -> [UInt32] {
        var result: [UInt32] = []
        for candidate in other.gaps {
            for value in candidate where contains(value) { result.append(value) }
        }
        if next > other.next {
            for value in other.next..<next where contains(value) { result.append(value) }
        }
        return result
    }

    private func gap(containing value: UInt32) -> Int? {
        gaps.firstIndex { $0.contains(value) }
    }

    private mutating func insertOutOfOrder(_ value: UInt32) -> Bool {
        if value > next {
            gaps.append(next..<value)
            next = value + 1
            return true
        }
        guard let index = gap(containing: value) else { return false }
        let gap = gaps[index]
        var pieces: [Range<UInt32>] = []
        if gap.lowerBound < value { pieces.append(gap.lowerBound..<value) }
        if value + 1 < gap.upperBound { pieces.append(value + 1..<gap.upperBound) }
        gaps.replaceSubrange(index...index, with: pieces)
        return true
    }
}
