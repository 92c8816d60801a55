/// Deadlines of calls that share one timeout. They are set in the order of time, so a queue holds them sorted, and the event
/// heap holds one entry for the whole queue: a call that is answered in time costs no heap operation.
struct DeadlineRing {
    let timeout: Int64
    private var entries: UnsafeMutablePointer<Entry>
    private var mask: Int
    private var head = 0
    private(set) var count = 0
    /// Whether an event for the head is in the heap.
    var armed = false

    struct Entry {
        var due: Int64
        var call: Int32
        var generation: UInt32
    }

    init(timeout: Int64) {
        self.timeout = timeout
        entries = .allocate(capacity: 256)
        mask = 255
    }

    func deallocate() { entries.deallocate() }

    @inline(__always)
    mutating func append(due: Int64, call: Int32, generation: UInt32) {
        if count > mask { grow() }
        entries[(head &+ count) & mask] = Entry(due: due, call: call, generation: generation)
        count &+= 1
    }

    var first: Entry { entries[head] }

    mutating func removeFirst() {
        head = (head &+ 1) & mask
        count &-= 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: (mask + 1) * 2)
        for index in 0..<count { larger[index] = entries[(head + index) & mask] }
        entries.deallocate()
        entries = larger
        mask = mask * 2 + 1
        head = 0
    }
}
