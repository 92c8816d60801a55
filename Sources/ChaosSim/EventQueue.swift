/// Pending events in their total order `(time, class, entity, per-entity counter)`, packed into one `UInt128`.
///
/// A 4-ary heap with bottom-up deletion: the hole sinks along the smallest children to a leaf without looking at the
/// element that will fill it, so the only unpredictable branch of the textbook version is gone. Removing an event is not
/// offered; a payload that carries a generation outlives its subject harmlessly.
@usableFromInline
package struct EventQueue: ~Copyable {
    @usableFromInline var keys: UnsafeMutablePointer<UInt128>
    @usableFromInline var payloads: UnsafeMutablePointer<UInt64>
    @usableFromInline package private(set) var count = 0
    @usableFromInline var capacity: Int

    package init(capacity: Int = 1024) {
        self.capacity = capacity
        keys = Self.keys(capacity)
        payloads = Self.payloads(capacity)
    }

    /// Every key at or beyond `count` is the greatest there is, so that a family cut short by the end needs no care.
    private static func keys(_ capacity: Int) -> UnsafeMutablePointer<UInt128> {
        let keys = UnsafeMutablePointer<UInt128>.allocate(capacity: capacity + 4)
        keys.initialize(repeating: .max, count: capacity + 4)
        return keys
    }

    private static func payloads(_ capacity: Int) -> UnsafeMutablePointer<UInt64> {
        let payloads = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity + 4)
        payloads.initialize(repeating: 0, count: capacity + 4)
        return payloads
    }

    deinit {
        keys.deallocate()
        payloads.deallocate()
    }

    /// Time of the earliest event; `Int64.max` when there is none.
    @inlinable
    package var earliest: Int64 {
        count == 0 ? .max : Int64(truncatingIfNeeded: keys[0] >> 64)
    }

    @inlinable
    package mutating func push(key: UInt128, payload: UInt64) {
        if count == capacity { grow() }
        var hole = count
        count &+= 1
        while hole > 0 {
            let parent = (hole &- 1) >> 2
            if keys[parent] <= key { break }
            keys[hole] = keys[parent]
            payloads[hole] = payloads[parent]
            hole = parent
        }
        keys[hole] = key
        payloads[hole] = payload
    }

    /// Removes and returns the earliest event. Must not be called on an empty queue.
    @inlinable
    package mutating func pop() -> (key: UInt128, payload: UInt64) {
        let top = (key: keys[0], payload: payloads[0])
        count &-= 1
        let last = count
        if last > 0 {
            let key = keys[last]
            let payload = payloads[last]
            keys[last] = .max
            var hole = 0
            var child = 1
            // The smallest of four by selects, not branches.
            while child < last {
                let a = keys[child], b = keys[child &+ 1], c = keys[child &+ 2], d = keys[child &+ 3]
                let ab = a <= b
                let cd = c <= d
                let low = ab ? a : b
                let high = cd ? c : d
                let lowAt = child &+ (ab ? 0 : 1)
                let highAt = child &+ (cd ? 2 : 3)
                let first = low <= high
                let smallest = first ? lowAt : highAt
                keys[hole] = first ? low : high
                payloads[hole] = payloads[smallest]
                hole = smallest
                child = hole &* 4 &+ 1
            }
            // The last element rises from the leaf; it rarely goes far.
            while hole > 0 {
                let parent = (hole &- 1) >> 2
                if keys[parent] <= key { break }
                keys[hole] = keys[parent]
                payloads[hole] = payloads[parent]
                hole = parent
            }
            keys[hole] = key
            payloads[hole] = payload
        } else {
            keys[0] = .max
        }
        return top
    }

    @inline(never)
    @usableFromInline
    mutating func grow() {
        let larger = capacity * 2
        let newKeys = Self.keys(larger)
        let newPayloads = Self.payloads(larger)
        newKeys.update(from: keys, count: count)
        newPayloads.update(from: payloads, count: count)
        keys.deallocate()
        payloads.deallocate()
        keys = newKeys
        payloads = newPayloads
        capacity = larger
    }
}
