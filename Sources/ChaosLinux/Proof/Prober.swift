import CLinuxShims
import Glibc

/// Measures far ends from this host without stopping the executor.
final class Prober {
    private let loop: EventLoop

    init(loop: EventLoop) { self.loop = loop }

    /// Sends all probes at once and calls `then` when every answer is in or `patience` (ns) has passed.
    ///
    /// After the last first answer it listens for another `linger` ns, for duplicates.
    func measure(
        _ targets: [ProbeTarget], patience: Int64, linger: Int64 = 0, then: @escaping ([ProbeResult]) -> Void
    ) {
        let probes = targets.map { target -> any Probe in
            switch target.means {
            case .ping: PingProbe(target, loop)
            case .connect(let port): ConnectProbe(target, port: port, loop)
            }
        }
        var isEnded = false
        var isLingering = false
        let end = {
            guard !isEnded else { return }
            isEnded = true
            then(probes.map { $0.end() })
        }
        let check = { [loop] in
            guard !isEnded, !isLingering, probes.allSatisfy(\.isComplete) else { return }
            isLingering = true
            if linger == 0 { end() } else { loop.at(BootTime.now + linger, end) }
        }
        for probe in probes { probe.start(check) }
        // What failed at once calls nobody back.
        loop.at(BootTime.now) { check() }
        loop.at(BootTime.now + patience, end)
    }
}

/// One target's probes under way.
private protocol Probe: AnyObject {
    /// Sends all; `changed` is called after each answer.
    func start(_ changed: @escaping () -> Void)
    var isComplete: Bool { get }
    /// Closes everything and says what came.
    func end() -> ProbeResult
}

private enum MonotonicTime {
    /// Nanoseconds; no clock fault moves it.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension IPAddress {
    /// A `sockaddr_in` or `sockaddr_in6`.
    fileprivate func withSocketAddress<R>(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        let port = UInt16(port).bigEndian
        if isV6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: octets) }
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port
        withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: octets) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}

/// Pings through a raw socket, or where there is no privilege through the kernel's ping socket.
private final class PingProbe: Probe {
    private let target: ProbeTarget
    private let loop: EventLoop
    private let packet: PingPacket
    private var descriptor: Int32 = -1
    private var isRaw = true
    private var token: EventLoop.Token?
    private var result: ProbeResult
    private var sentAt: [Int64]
    private var times: [Int: Int64] = [:]
    private var refused: Set<Int> = []
    private var highest = -1
    private var lastAt: Int64?

    init(_ target: ProbeTarget, _ loop: EventLoop) {
        self.target = target
        self.loop = loop
        packet = PingPacket(
            isV6: target.address.isV6, identifier: .random(in: .min ... .max), token: .random(in: .min ... .max),
            size: target.size)
        result = ProbeResult(target)
        sentAt = []
    }

    var isComplete: Bool { times.count + refused.count >= result.sent }

    func start(_ changed: @escaping () -> Void) {
        guard open() else { return }
        do throws(HostError) {
            token = try loop.watch(descriptor) { [unowned self] in
                receive()
                changed()
            }
        } catch {
            result.failure = error.text
            return
        }
        for sequence in 0..<target.count {
            let bytes = packet.request(sequence)
            sentAt.append(MonotonicTime.now)
            let count = target.address.withSocketAddress(port: 0) { address, length in
                // A connected one is told of refusals.
                isRaw
                    ? sendto(descriptor, bytes, bytes.count, 0, address, length)
                    : send(descriptor, bytes, bytes.count, 0)
            }
            if count < 0 {
                let error = errno
                if error == ECONNREFUSED { refused.insert(sequence) }
                if result.failure == nil { result.failure = SystemCall.reason(error) }
                // No room here is no word about the far end.
                if [EAGAIN, ENOMEM].contains(error) { break }
            }
            result.sent += 1
        }
    }

    private func open() -> Bool {
        let family = target.address.isV6 ? AF_INET6 : AF_INET
        let transport = target.address.isV6 ? Int32(IPPROTO_ICMPV6) : Int32(IPPROTO_ICMP)
        let flags = SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        descriptor = socket(family, Int32(SOCK_RAW.rawValue | flags), transport)
        if descriptor < 0 {
            isRaw = false
            descriptor = socket(family, Int32(SOCK_DGRAM.rawValue | flags), transport)
            let connected =
                descriptor >= 0
                && target.address.withSocketAddress(port: 0) { connect(descriptor, $0, $1) } == 0
            if !connected {
                result.failure = "no ICMP socket: \(SystemCall.reason(errno))"
                return false
            }
        }
        // A thousand at once, delayed by a fault of ours, are all held by this socket.
        var room: Int32 = 8 << 20
        for option in [SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE] {
            setsockopt(descriptor, SOL_SOCKET, option, &room, socklen_t(MemoryLayout<Int32>.size))
        }
        return true
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        // Others' ICMP comes here too: no more than so many at once.
        for _ in 0..<2_048 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            let now = MonotonicTime.now
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { return }
                // A ping socket tells refusals as errors, and not of which.
                if let first = (0..<result.sent).first(where: { times[$0] == nil && !refused.contains($0) }) {
                    refused.insert(first)
                }
                continue
            }
            var message = buffer[..<count]
            if isRaw && !target.address.isV6 {
                let header = Int(buffer[0] & 0x0F) * 4
                guard count >= header else { continue }
                message = message.dropFirst(header)
            }
            switch packet.answer(message, checksIdentifier: isRaw) {
            case .echo(let sequence, let isIntact)?: take(sequence, isIntact, now)
            case .refusal(let sequence)? where sequence < result.sent && times[sequence] == nil:
                refused.insert(sequence)
            default: break
            }
        }
    }

    private func take(_ sequence: Int, _ isIntact: Bool, _ now: Int64) {
        if !isIntact { result.corrupted += 1 }
        guard sequence < sentAt.count else { return }
        lastAt = now
        if times[sequence] != nil {
            result.duplicated += 1
            return
        }
        times[sequence] = now - sentAt[sequence]
        refused.remove(sequence)
        if sequence < highest { result.reordered += 1 }
        highest = max(highest, sequence)
    }

    func end() -> ProbeResult {
        if let token { loop.cancel(token) }
        if descriptor >= 0 { close(descriptor) }
        result.answered = times.count
        result.refused = refused.count
        result.measure(Array(times.values))
        if let first = sentAt.first, let lastAt { result.lastNs = lastAt - first }
        return result
    }
}

/// TCP handshakes; a connection is closed as soon as it stands.
private final class ConnectProbe: Probe {
    private struct Attempt {
        var descriptor: Int32
        var sentAt: Int64
        var token: EventLoop.Token?
    }

    private let target: ProbeTarget
    private let port: Int
    private let loop: EventLoop
    private var result: ProbeResult
    private var open: [Int: Attempt] = [:]
    private var times: [Int64] = []
    private var highest = -1
    private var firstAt: Int64?
    private var lastAt: Int64?

    init(_ target: ProbeTarget, port: Int, _ loop: EventLoop) {
        self.target = target
        self.port = port
        self.loop = loop
        result = ProbeResult(target)
    }

    var isComplete: Bool { open.isEmpty }

    func start(_ changed: @escaping () -> Void) {
        let flags = SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        for index in 0..<target.count {
            let descriptor = socket(
                target.address.isV6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | flags), 0)
            guard descriptor >= 0 else {
                result.failure = SystemCall.reason(errno)
                break
            }
            result.sent += 1
            let now = MonotonicTime.now
            firstAt = firstAt ?? now
            let outcome = target.address.withSocketAddress(port: port) { connect(descriptor, $0, $1) }
            let error = outcome == 0 ? 0 : errno
            var attempt = Attempt(descriptor: descriptor, sentAt: now)
            if error == EINPROGRESS {
                do throws(HostError) {
                    attempt.token = try loop.watch(descriptor, events: EPOLLOUT.rawValue) { [unowned self] in
                        settle(index)
                        changed()
                    }
                    open[index] = attempt
                    continue
                } catch {
                    result.failure = error.text
                }
            }
            settle(index, attempt, error)
        }
    }

    private func settle(_ index: Int) {
        guard let attempt = open.removeValue(forKey: index) else { return }
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(attempt.descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
        settle(index, attempt, error)
    }

    private func settle(_ index: Int, _ attempt: Attempt, _ error: Int32) {
        let now = MonotonicTime.now
        if let token = attempt.token { loop.cancel(token) }
        close(attempt.descriptor)
        switch error {
        case 0:
            lastAt = now
            times.append(now - attempt.sentAt)
            if index < highest { result.reordered += 1 }
            highest = max(highest, index)
        case ECONNREFUSED: result.refused += 1
        default: result.failure = result.failure ?? SystemCall.reason(error)
        }
    }

    func end() -> ProbeResult {
        for attempt in open.values {
            if let token = attempt.token { loop.cancel(token) }
            close(attempt.descriptor)
        }
        open = [:]
        result.answered = times.count
        result.measure(times)
        if let firstAt, let lastAt { result.lastNs = lastAt - firstAt }
        return result
    }
}
