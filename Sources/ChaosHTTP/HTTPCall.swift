import NIOCore

/// One call on its way.
final class HTTPCall {
    let endpoint: Endpoint
    let method: String
    let path: String
    let body: [UInt8]
    var deadline = NIODeadline.uptimeNanoseconds(0)
    /// That carries it now.
    var connection: HTTPConnection?
    private var done: ((HTTPOutcome) -> Void)?

    init(
        _ endpoint: Endpoint, method: String, path: String, body: [UInt8], done: @escaping (HTTPOutcome) -> Void
    ) {
        self.endpoint = endpoint
        self.method = method
        self.path = path
        self.body = body
        self.done = done
    }

    var isOver: Bool { done == nil }

    func finish(_ outcome: HTTPOutcome) {
        connection = nil
        guard let done else { return }
        self.done = nil
        done(outcome)
    }

    func bytes(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: 96 + path.utf8.count + body.count)
        buffer.writeString(method)
        buffer.writeString(" ")
        buffer.writeString(path)
        buffer.writeString(" HTTP/1.1\r\nhost: ")
        buffer.writeString(endpoint.text)
        if !body.isEmpty || method == "POST" || method == "PUT" {
            buffer.writeString("\r\ncontent-length: \(body.count)")
        }
        buffer.writeString("\r\n\r\n")
        buffer.writeBytes(body)
        return buffer
    }
}

/// Calls by their deadlines: a binary heap. One that is over is not searched for but passed over when its time comes.
struct HTTPDeadlines {
    private var heap: [HTTPCall] = []

    mutating func add(_ call: HTTPCall) {
        heap.append(call)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent].deadline <= heap[child].deadline { break }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    /// Takes out a call that is not over and whose deadline is reached.
    mutating func next(until now: NIODeadline) -> HTTPCall? {
        while let first = heap.first, first.deadline <= now {
            removeFirst()
            if !first.isOver { return first }
        }
        return nil
    }

    /// Of those that are not over.
    var earliest: NIODeadline? {
        mutating get {
            while let first = heap.first {
                if !first.isOver { return first.deadline }
                removeFirst()
            }
            return nil
        }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].deadline < heap[least].deadline {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
