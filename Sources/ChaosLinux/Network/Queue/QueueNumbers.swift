/// The netfilter queues of this network namespace, as /proc lists them.
package enum QueueNumbers {
    package struct Entry: Hashable, Sendable {
        package var number: UInt16
        /// The netlink address of whoever listens.
        package var portid: UInt32
        package var waiting: Int
        /// For want of room in the queue, and in the listener's socket.
        package var dropped: Int

        package init(number: UInt16, portid: UInt32, waiting: Int, dropped: Int) {
            self.number = number
            self.portid = portid
            self.waiting = waiting
            self.dropped = dropped
        }
    }

    static let path = "/proc/net/netfilter/nfnetlink_queue"

    /// Ours begin here; people number theirs from 0.
    private static let first: UInt16 = 1024
    /// Of one executor each fault gets another, in force or not: what was made first may be bound later.
    nonisolated(unsafe) private static var next = first

    static var bound: [Entry] { read((try? SmallFile.read(path)) ?? "") }

    package static func read(_ text: String) -> [Entry] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count >= 7, let number = UInt16(fields[0]), let portid = UInt32(fields[1]),
                let waiting = Int(fields[2]), let full = Int(fields[5]), let deaf = Int(fields[6])
            else { return nil }
            return Entry(number: number, portid: portid, waiting: waiting, dropped: full + deaf)
        }
    }

    /// One that nobody listens at. It is not taken by this: binding it is.
    static func takeFree() throws(HostError) -> UInt16 {
        let taken = Set(bound.map(\.number))
        for _ in first...UInt16.max {
            let number = next
            next = next == .max ? first : next + 1
            if !taken.contains(number) { return number }
        }
        throw HostError(.busy, "all netfilter queues are taken", hint: "revert some faults first")
    }
}
