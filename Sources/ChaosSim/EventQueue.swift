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
        keys = .allocate(capacity: capacity)
        payloads = .allocate(capacity: capacity)
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
            var hole = 0
            var child = 1
            // Full families of four: pick the smallest by selects, not branches.
            while child &+ 3 < last {
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
            if child < last {
                var smallest = child
                var next = child &+ 1
                while next < last {
                    if keys[next] < keys[smallest] { smallest = next }
                    next &+= 1
                }
                keys[hole] = keys[smallest]
                payloads[hole] = payloads[smallest]
                hole = smallest
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
        }
        return top
    }

    @inline(never)
    @usableFromInline
    mutating func grow() {
        let larger = capacity * 2
        let newKeys = UnsafeMutablePointer<UInt128>.allocate(capacity: larger)
        let newPayloads = UnsafeMutablePointer<UInt64>.allocate(capacity: larger)
        newKeys.moveInitialize(from: keys, count: count)
        newPayloads.moveInitialize(from: payloads, count: count)
        keys.deallocate()
        payloads.deallocate()
        keys = newKeys
        payloads = newPayloads
        capacity = larger
    }
}
