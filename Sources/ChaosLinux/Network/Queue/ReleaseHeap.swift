/// Packets held, by the instant at which they are released; among equals, by arrival.
///
/// In manual memory and without reference counts: it is touched twice per packet.
package struct ReleaseHeap: ~Copyable {
    package struct Held: Hashable {
        /// CLOCK_MONOTONIC, ns.
        package var release: Int64
        /// The how-manieth packet it is.
        package var order: UInt64
        /// As the kernel numbers it.
        package var id: UInt32
        /// Where its altered or to-be-copied bytes are kept; -1 for none.
        package var slot: Int32 = -1

        package init(release: Int64, order: UInt64, id: UInt32, slot: Int32 = -1) {
            self.release = release
            self.order = order
            self.id = id
            self.slot = slot
        }

        fileprivate static func isEarlier(_ a: Held, _ b: Held) -> Bool {
            a.release != b.release ? a.release < b.release : a.order < b.order
        }
    }

    private var items: UnsafeMutablePointer<Held>
    private var capacity: Int
    package private(set) var count = 0

    package init(capacity: Int = 1024) {
        self.capacity = max(capacity, 1)
        items = .allocate(capacity: self.capacity)
    }

    deinit { items.deallocate() }

    /// The next to be released.
    package var first: Held? { count == 0 ? nil : items[0] }

    package mutating func insert(_ held: Held) {
        if count == capacity { grow() }
        var hole = count
        count += 1
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard Held.isEarlier(held, items[parent]) else { break }
            items[hole] = items[parent]
            hole = parent
        }
        items[hole] = held
    }

    /// Takes the next one out if it is due at `now`.
    package mutating func removeFirst(dueAt now: Int64) -> Held? {
        guard count > 0, items[0].release <= now else { return nil }
        let first = items[0]
        count -= 1
        guard count > 0 else { return first }
        let last = items[count]
        var hole = 0
        while true {
            var child = 2 * hole + 1
            guard child < count else { break }
            if child + 1 < count, Held.isEarlier(items[child + 1], items[child]) { child += 1 }
            guard Held.isEarlier(items[child], last) else { break }
            items[hole] = items[child]
            hole = child
        }
        items[hole] = last
        return first
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Held>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: items, count: count)
        items.deallocate()
        items = larger
        capacity *= 2
    }
}
