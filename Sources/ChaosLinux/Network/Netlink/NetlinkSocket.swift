import CNetlink
import Glibc

/// A socket to one of the kernel's netlink families, in this process's network namespace.
///
/// Closed on exec: what the kernel ties to it must not outlive us in a child.
final class NetlinkSocket {
    private var handle: OpaquePointer?
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private let family: String

    /// `protocolNumber` as in NETLINK_…; `family` for messages: `nfnetlink`.
    init(_ protocolNumber: Int32, family: String) throws(HostError) {
        self.family = family
        handle = nl_socket_alloc()
        guard let handle else { throw HostError(.full, "no memory for a socket to \(family)") }
        let result = nl_connect(handle, protocolNumber)
        guard result == 0 else {
            nl_socket_free(handle)
            self.handle = nil
            throw HostError(
                .unsupported, "no socket to the kernel's \(family): \(String(cString: nl_geterror(result)))",
                hint: "a kernel with it")
        }
        try SystemCall.call(fcntl(descriptor, F_SETFD, FD_CLOEXEC), "closing a socket on exec")
        // A batch may be refused message by message, and all those answers wait here together. SO_RCVBUFFORCE.
        var room: Int32 = 1 << 20
        setsockopt(descriptor, SOL_SOCKET, 33, &room, 4)
        // Both are refinements of answers that an old kernel does not have. SOL_NETLINK, NETLINK_CAP_ACK and _EXT_ACK.
        var on: Int32 = 1
        setsockopt(descriptor, 270, 10, &on, 4)
        setsockopt(descriptor, 270, 11, &on, 4)
    }

    deinit { close() }

    /// The kernel drops what it ties to the socket.
    func close() {
        if let handle { nl_socket_free(handle) }
        handle = nil
    }

    var descriptor: Int32 { handle.map { nl_socket_get_fd($0) } ?? -1 }

    func send(_ bytes: [UInt8]) throws(HostError) {
        // A datagram must fit the send buffer whole.
        if bytes.count > 100_000 {
            var size = Int32(clamping: bytes.count * 2)
            // SO_SNDBUFFORCE goes past the system's limit, with the privilege that netfilter needs anyhow.
            setsockopt(descriptor, SOL_SOCKET, 32, &size, 4)
        }
        while Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) < 0 {
            if errno != EINTR { throw SystemCall.failure(errno, "sending to \(family)") }
        }
    }

    /// The messages of the next datagram; nil if none comes within `milliseconds`.
    func receive(within milliseconds: Int32) throws(HostError) -> [NetlinkMessage]? {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count >= 0 { return try NetlinkMessage.split(ArraySlice(Array(buffer[..<count]))) }
            if errno == EINTR { continue }
            guard errno == EAGAIN else { throw SystemCall.failure(errno, "reading from \(family)") }
            if milliseconds == 0 || poll(&wait, 1, milliseconds) == 0 { return nil }
        }
    }

    /// Sends requests and returns all that answers them: netlink has every answer queued when the sending returns.
    func exchange(_ bytes: [UInt8]) throws(HostError) -> [NetlinkMessage] {
        // What an interrupted exchange left.
        while try receive(within: 0) != nil {}
        try send(bytes)
        var messages: [NetlinkMessage] = []
        while let more = try receive(within: 0) { messages += more }
        return messages
    }

    /// Asks for a list. Asked anew when the list changed while it was read, a few times at most.
    func dump(_ bytes: [UInt8], _ what: String) throws(HostError) -> [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        for _ in 0..<10 {
            messages = []
            while try receive(within: 0) != nil {}
            try send(bytes)
            var isWhole = true
            reading: while true {
                guard let more = try receive(within: 2_000) else {
                    throw HostError(.failed, "\(what): the kernel does not answer")
                }
                for message in more {
                    if message.flags & Netlink.dumpInterrupted != 0 { isWhole = false }
                    if let answer = message.answer {
                        // A change between two parts of the list may show as EINTR.
                        if answer.error == EINTR {
                            isWhole = false
                        } else if answer.error != 0 {
                            throw answer.failure(what)
                        }
                        break reading
                    }
                    messages.append(message)
                }
            }
            if isWhole { break }
        }
        return messages
    }
}

extension NetlinkAnswer {
    func failure(_ what: String) -> HostError {
        var failure = SystemCall.failure(error, what)
        if let text { failure.message += " (\(text))" }
        return failure
    }
}
