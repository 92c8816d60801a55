import Glibc

/// A connection to a slow disk's control socket.
package final class SlowDiskClient {
    package let descriptor: Int32
    private var lines = LineBuffer()
    private var unread: [String] = []

    package init(_ path: String) throws(HostError) {
        descriptor = try Self.connect(path)
    }

    deinit { close(descriptor) }

    /// Sends an order and awaits the answer, at most `patience` ms. Throws if it is refused or nobody answers.
    package func order(_ order: SlowDiskOrder, patience: Int32 = 1_000) throws(HostError) -> SlowDiskState {
        // Answers to earlier orders that were not waited for.
        _ = receive(within: 0)
        unread = []
        try tell(order)
        guard let line = receive(within: patience), let state = SlowDiskLine.read(line, as: SlowDiskState.self) else {
            throw HostError(
                .failed, "the slow disk's server does not answer", hint: "is `gauntlet-host slow-disk` alive?")
        }
        if let error = state.error { throw HostError(.malformed, "the slow disk refused: \(error)") }
        return state
    }

    /// Sends an order and waits for nothing.
    package func tell(_ order: SlowDiskOrder) throws(HostError) {
        let bytes = SlowDiskLine.of(order)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw SystemCall.failure(errno, "telling the slow disk")
        }
    }

    /// The last line that has come; waits for a first one.
    private func receive(within milliseconds: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let limit = BootTime.now + Int64(milliseconds) * 1_000_000
        while true {
            let left = unread.isEmpty ? max(0, (limit - BootTime.now) / 1_000_000) : 0
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, Int32(left)) == 1 else { return unread.popLast() }
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return unread.popLast() }
            unread += lines.append(bytes[..<count]).compactMap { $0 }
        }
    }

    /// Throws away what has come; true when the far end has gone.
    func drain() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return count == 0 || errno != EAGAIN }
        }
    }

    /// Whether the far end has gone.
    package var isClosed: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }

    static func isServed(_ path: String) throws(HostError) -> Bool {
        guard SmallFile.exists(path) else { return false }
        guard let socket = try? connect(path) else { return false }
        close(socket)
        return true
    }

    private static func connect(_ path: String) throws(HostError) -> Int32 {
        var address = try address(path)
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try SystemCall.call(socket, "making a socket")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let error = errno
            close(socket)
            throw HostError(
                .missing, "nobody serves a slow disk at \(path): \(SystemCall.reason(error))",
                hint: "start `gauntlet-host slow-disk` for the directory")
        }
        return socket
    }

    static func address(_ path: String) throws(HostError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room, !bytes.contains(0) else {
            throw HostError(.malformed, "`\(path)` is too long for a socket", hint: "at most \(room - 1) bytes")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }
}
