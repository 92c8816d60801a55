import CLinuxShims
import CNetlink
import ChaosPlan
import Glibc

/// The delay engine's inside: takes packets from one netfilter queue and gives each back at its time.
///
/// A process of its own with one thread, so that nothing else ever keeps it from a release. On descriptor 0 it hears
/// `go`, `ping` and `stop`, and answers `ready PORTID CLASS`, `failed ERRNO` and `pong COUNTS`. When it is told to stop, or
/// nobody is left to tell it, all packets that it holds pass at once, in the order in which they came. When it is killed,
/// the kernel drops those and lets all later ones pass.
final class QueueWorker {
    /// So many packets may wait; later ones pass at once (netem would drop them).
    static let length: UInt32 = 131_072
    private static let priority: Int32 = 10

    private let queue: UInt16
    private let treatment: QueueTreatment
    private let chance: PacketChance
    private let control: Int32 = 0

    private var netlink: Int32 = -1
    private var timer: Int32 = -1
    private var armed: Int64 = 0
    /// For copies: by IP version.
    private var raw4: Int32 = -1
    private var raw6: Int32 = -1

    private var heap = ReleaseHeap(capacity: 4096)
    private var verdicts: QueueMessage.Verdicts
    private var counts = QueueCounts()
    private var kept: [KeptPacket] = []
    private var free: [Int32] = []
    /// By hook: the latest release of those that stay in order.
    private var latest = [Int64](repeating: 0, count: 8)
    private var lastId: UInt32 = 0

    private let buffers: UnsafeMutableRawBufferPointer
    private let size: Int
    private let batch: Int32
    private var input = LineBuffer()
    private var isStopped = false

    /// What must be known of a packet at its release besides its number.
    private struct KeptPacket {
        var bytes: [UInt8] = []
        var isAltered = false
        var isDuplicated = false
        var link: UInt32 = 0
    }

    /// `delay QUEUE WORDS…`
    static func run(_ arguments: [String]) throws(HostError) -> Int32 {
        guard arguments.count > 2, let queue = UInt16(arguments[1]),
            let treatment = QueueTreatment(words: arguments[2...])
        else {
            throw HostError(.malformed, "not the arguments of a delay engine", hint: "the executor starts it")
        }
        let worker = QueueWorker(queue: queue, treatment: treatment)
        guard worker.waitForGo() else { return 0 }
        do throws(HostError) {
            try worker.open()
        } catch {
            worker.say("failed \(error.text)\n")
            return 4
        }
        worker.serve()
        return 0
    }

    private init(queue: UInt16, treatment: QueueTreatment) {
        self.queue = queue
        self.treatment = treatment
        chance = PacketChance(treatment)
        verdicts = QueueMessage.Verdicts(queue: queue)
        // A whole packet with its attributes, or the attributes alone.
        size = treatment.needsPayload ? 65_536 + 1_024 : 1_024
        batch = treatment.needsPayload ? 16 : 64
        buffers = .allocate(byteCount: size * Int(batch), alignment: 16)
    }

    // MARK: - Beginning

    /// Nothing is done before the executor has written down how to undo it.
    private func waitForGo() -> Bool {
        while true {
            var wait = pollfd(fd: control, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, -1) > 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 64)
            let count = read(control, &buffer, buffer.count)
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { return false }
            for line in input.append(buffer[..<count]) where line == "go" { return true }
        }
    }

    private func open() throws(HostError) {
        signal(SIGPIPE, SIG_IGN)
        var portid: UInt32 = 0
        netlink = try SystemCall.check(queue_open(32 << 20, &portid), "opening a netfilter socket")
        try ask(QueueMessage.command(.bind, queue: queue), "binding netfilter queue \(queue)")
        // Copies and changes need every packet by itself and with its checksums finished.
        let flags: QueueMessage.Flags = treatment.needsPayload ? .failOpen : [.failOpen, .wholeSegments]
        try ask(
            QueueMessage.settings(
                queue: queue, copy: treatment.needsPayload ? .packet : .nothing, length: Self.length, flags: flags),
            "setting up netfilter queue \(queue)")
        if treatment.duplicate.partsPerMillion > 0 {
            raw4 = try SystemCall.check(queue_raw_open(4, QueueMark.copies), "opening a raw socket for copies")
            // Where there is no IPv6, there is nothing of it to copy.
            raw6 = max(-1, queue_raw_open(6, QueueMark.copies))
        }
        timer = try SystemCall.check(queue_timer_create(), "making a timer")
        // Best effort: without these it is as exact as the host is idle.
        _ = host_least_timer_slack()
        _ = host_lock_memory()
        let isRealTime = host_realtime(Self.priority) == 0
        say("ready \(portid) \(isRealTime ? "real-time" : "normal")\n")
    }

    private func ask(_ message: [UInt8], _ what: String) throws(HostError) {
        try SystemCall.check(queue_send(netlink, message, Int32(message.count)), what)
        for _ in 0..<100 {
            var wait = pollfd(fd: netlink, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 1_000) > 0 else { break }
            for bytes in receive() {
                if let answer = QueueMessage.acknowledgement(UnsafeRawBufferPointer(bytes)) {
                    try SystemCall.check(answer, what)
                    return
                }
            }
        }
        throw HostError(.failed, "\(what): the kernel did not answer")
    }

    // MARK: - Serving

    private func serve() {
        let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        for descriptor in [netlink, timer, control] {
            var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: descriptor))
            guard epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0 else { return }
        }
        var events = [epoll_event](repeating: epoll_event(), count: 4)
        while !isStopped {
            let count = epoll_wait(poll, &events, Int32(events.count), -1)
            guard count > 0 else { continue }
            for event in events[..<Int(count)] where event.data.fd == control { hear() }
            // Releases never wait for more than a few batches of arrivals.
            var rounds = 8
            while rounds > 0, takeArrivals() == Int(batch) {
                releaseDue()
                rounds -= 1
            }
            releaseDue()
            rearm()
        }
        releaseAll()
    }

    private func hear() {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = read(control, &buffer, buffer.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else {
            isStopped = true
            return
        }
        for line in input.append(buffer[..<count]) {
            if line == "ping" {
                say("pong \(counts.words)\n")
                counts.lateness = 0
            }
            if line == "stop" { isStopped = true }
        }
    }

    private func say(_ line: String) {
        let bytes = Array(line.utf8)
        // Nobody listens any more, or not for long: the executor finds out by itself.
        _ = send(control, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The datagrams that are there, at most a batch.
    private func receive() -> [UnsafeMutableRawBufferPointer] {
        var lengths = [Int32](repeating: 0, count: Int(batch))
        guard let base = buffers.baseAddress else { return [] }
        let count = queue_receive(
            netlink, base.assumingMemoryBound(to: UInt8.self), Int32(size), batch, &lengths)
        guard count > 0 else { return [] }
        return (0..<Int(count)).map { .init(start: base + $0 * size, count: Int(lengths[$0])) }
    }

    /// How many datagrams there were.
    private func takeArrivals() -> Int {
        let datagrams = receive()
        guard !datagrams.isEmpty else { return 0 }
        let now = queue_monotonic()
        for datagram in datagrams {
            // Unasked, the kernel answers only a verdict on packets that it no longer has.
            if QueueMessage.acknowledgement(UnsafeRawBufferPointer(datagram)) != nil { counts.vanished += 1 }
            QueueMessage.forEachPacket(datagram) { take($0, now) }
        }
        return datagrams.count
    }

    private func take(_ packet: QueueMessage.Packet, _ now: Int64) {
        // Numbers follow each other; what lies between did not fit into the socket and passed.
        let gap = Int32(bitPattern: packet.id &- lastId &- 1)
        if lastId != 0, gap > 0 { counts.missed += UInt64(gap) }
        lastId = packet.id
        let number = counts.arrived
        counts.arrived += 1
        let fate = chance.fate(of: number)
        if fate.isLost {
            counts.lost += 1
            makeRoom()
            verdicts.append(.drop, on: packet.id)
            return
        }
        var held = ReleaseHeap.Held(release: now + fate.delay, order: number, id: packet.id)
        if fate.isReordered {
            counts.reordered += 1
        } else if treatment.keepsOrder {
            let hook = Int(packet.hook & 7)
            held.release = max(held.release, latest[hook])
            latest[hook] = held.release
        }
        if fate.isCorrupted || fate.isDuplicated { held.slot = keep(packet, fate) }
        heap.insert(held)
        counts.held += 1
    }

    /// -1 if nothing of it need be kept.
    private func keep(_ packet: QueueMessage.Packet, _ fate: PacketChance.Fate) -> Int32 {
        var isAltered = false
        if fate.isCorrupted, let corrupt = treatment.corrupt {
            isAltered = PacketBytes(bytes: packet.payload).flip(fate.bit, repairing: corrupt.isVisible)
            if isAltered { counts.corrupted += 1 }
        }
        guard isAltered || fate.isDuplicated else { return -1 }
        let content = KeptPacket(
            bytes: Array(packet.payload), isAltered: isAltered, isDuplicated: fate.isDuplicated, link: packet.link)
        if let slot = free.popLast() {
            kept[Int(slot)] = content
            return slot
        }
        kept.append(content)
        return Int32(kept.count - 1)
    }

    // MARK: - Releasing

    private func releaseDue() {
        let now = queue_monotonic()
        // In order, one verdict speaks for all before it; each other packet needs its own.
        var upTo: UInt32?
        while let held = heap.removeFirst(dueAt: now) {
            counts.held -= 1
            counts.lateness = max(counts.lateness, UInt64(now - held.release))
            guard held.slot >= 0 else {
                if treatment.isConstant {
                    upTo = held.id
                } else {
                    makeRoom()
                    verdicts.append(.accept, on: held.id)
                }
                continue
            }
            settle(&upTo)
            let content = kept[Int(held.slot)]
            kept[Int(held.slot)] = KeptPacket()
            free.append(held.slot)
            makeRoom(forPayloadOf: content.bytes.count)
            if content.isAltered {
                content.bytes.withUnsafeBufferPointer { verdicts.append(accepting: held.id, as: $0) }
            } else {
                verdicts.append(.accept, on: held.id)
            }
            if content.isDuplicated { copy(content) }
        }
        settle(&upTo)
        flush()
    }

    private func settle(_ upTo: inout UInt32?) {
        guard let id = upTo else { return }
        makeRoom()
        verdicts.append(.accept, upTo: id)
        upTo = nil
    }

    /// Sends a second one behind the first.
    private func copy(_ packet: KeptPacket) {
        flush()
        let socket = packet.bytes.first.map { $0 >> 4 == 6 } == true ? raw6 : raw4
        if queue_raw_send(socket, packet.bytes, Int32(packet.bytes.count), packet.link) == 0 {
            counts.duplicated += 1
        } else {
            counts.unsent += 1
        }
    }

    private func makeRoom(forPayloadOf size: Int = 0) {
        if verdicts.isFull(forPayloadOf: size) { flush() }
    }

    /// A verdict on packets that are gone already is refused by the kernel, and counted when the refusal comes.
    private func flush() {
        guard verdicts.count > 0 else { return }
        _ = queue_send(
            netlink, verdicts.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(verdicts.count))
        verdicts.removeAll()
    }

    private func rearm() {
        let next = heap.first?.release ?? 0
        guard next != armed else { return }
        // 0 would disarm.
        _ = queue_timer_set(timer, heap.first == nil ? 0 : max(next, 1))
        armed = next
    }

    /// All that wait in the kernel, those included that have not been read yet.
    private func releaseAll() {
        makeRoom()
        verdicts.append(.accept, upTo: lastId &+ 0x3FFF_FFFF)
        flush()
    }
}
