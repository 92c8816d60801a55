import Foundation
import Glibc
import Testing

@_silgen_name("setns") private func setns(_ descriptor: Int32, _ type: Int32) -> Int32

extension TestHost {
    /// Runs `body` on a thread inside this host: sockets that it opens stay there.
    func inside<Result: Sendable>(_ body: @escaping @Sendable () -> Result) throws -> Result {
        let box = Box<Result>()
        let path = "/var/run/netns/\(name)"
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            if descriptor >= 0, setns(descriptor, 0x4000_0000) == 0 { box.result = body() }
            close(descriptor)
            done.signal()
        }
        thread.start()
        done.wait()
        return try #require(box.result, "cannot enter \(name)")
    }

    /// A TCP listener; connections wait in its backlog.
    func listen(_ address: String? = nil, port: UInt16) throws -> OpenSocket {
        let address = address ?? self.address
        let descriptor = try inside {
            let made = SocketAddress(address, port)
            let descriptor = socket(made.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard made.with({ bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 1_024) == 0 else {
                return Int32(-1)
            }
            return descriptor
        }
        try #require(descriptor >= 0, "cannot listen at \(address):\(port)")
        return OpenSocket(descriptor: descriptor)
    }

    /// Connects from here.
    func connect(to address: String, port: UInt16, within milliseconds: Int32 = 300) throws -> Attempt {
        try inside {
            let made = SocketAddress(address, port)
            let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
            let descriptor = socket(made.family, Int32(type), 0)
            defer { close(descriptor) }
            guard made.with({ Glibc.connect(descriptor, $0, $1) }) == 0 || errno == EINPROGRESS else {
                return errno == ECONNREFUSED ? .refused : .failed(errno)
            }
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&wait, 1, milliseconds) == 1 else { return .silence }
            var error: Int32 = 0
            var size = socklen_t(4)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
            return error == 0 ? .connected : error == ECONNREFUSED ? .refused : .failed(error)
        }
    }

    /// A bound UDP socket.
    func udp(_ address: String? = nil, port: UInt16 = 0) throws -> OpenSocket {
        let address = address ?? self.address
        let descriptor = try inside {
            let made = SocketAddress(address, port)
            let descriptor = socket(made.family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            return made.with { bind(descriptor, $0, $1) } == 0 ? descriptor : -1
        }
        try #require(descriptor >= 0, "no UDP socket at \(address):\(port)")
        return OpenSocket(descriptor: descriptor)
    }

    enum Attempt: Hashable, Sendable {
        case connected
        case refused
        case silence
        case failed(Int32)
    }
}

private final class Box<Content>: @unchecked Sendable { var result: Content? }

final class OpenSocket: Sendable {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// The errors of `count` datagrams sent; empty if each was taken.
    func send(_ count: Int = 1, to address: String, port: UInt16) -> [Int32] {
        let made = SocketAddress(address, port)
        return (0..<count).compactMap { _ in
            made.with { sendto(descriptor, [1], 1, 0, $0, $1) } < 0 ? errno : nil
        }
    }

    /// How many datagrams have come, once none comes for a while.
    func received() -> Int {
        var count = 0
        var byte: UInt8 = 0
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&wait, 1, 100) == 1, recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) >= 0 { count += 1 }
        return count
    }
}

private struct SocketAddress: Sendable {
    private var bytes: [UInt8]
    var family: Int32

    init(_ text: String, _ port: UInt16) {
        if text.contains(":") {
            family = AF_INET6
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            inet_pton(AF_INET6, text, &address.sin6_addr)
            bytes = withUnsafeBytes(of: &address) { Array($0) }
        } else {
            family = AF_INET
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            inet_pton(AF_INET, text, &address.sin_addr)
            bytes = withUnsafeBytes(of: &address) { Array($0) }
        }
    }

    func with<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        bytes.withUnsafeBytes { raw in
            raw.withMemoryRebound(to: sockaddr.self) { pointer in
                guard let base = pointer.baseAddress else { preconditionFailure("an empty address") }
                return body(base, socklen_t(raw.count))
            }
        }
    }
}
