import CNetlink
import Glibc

/// A socket to one of the kernel's netlink families, in this process's network namespace.
///
/// Closed on exec: what the kernel ties to it must not outlive us in a child.
package final class NetlinkSocket {
    package enum Family: Int32, Sendable {
        /// NETLINK_ROUTE: links, routes, traffic control.
        case route = 0
        /// NETLINK_NETFILTER.
        case netfilter = 12
    }

    /// libnl's; nil once closed.
    private(set) var handle: OpaquePointer?
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    package init(_ family: Family) throws(HostError) {
        handle = nl_socket_alloc()
        guard let handle else { throw HostError(.full, "no memory for a socket to the kernel's \(family)") }
        let result = nl_connect(handle, family.rawValue)
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
    package func close() {
        if let handle { nl_socket_free(handle) }
        handle = nil
    }

    private var descriptor: Int32 { handle.map { nl_socket_get_fd($0) } ?? -1 }

    // MARK: - Asking

    /// Sends messages and returns what the kernel says to them besides its verdicts; throws the first refusal.
    ///
    /// Netlink has every answer queued when the sending returns. `last` is the message whose acknowledgement says that
    /// all is done; nil for the only one.
    @discardableResult
    package func perform(_ bytes: [UInt8], acknowledging last: UInt32? = nil) throws(NetlinkAnswer) -> [NetlinkMessage]
    {
        try begin(bytes)
        var messages: [NetlinkMessage] = []
        while let more = try receive(within: 0) { messages += more }
        let answers = messages.compactMap(\.answer)
        if let refusal = answers.first(where: { $0.error != 0 }) { throw refusal }
        guard answers.contains(where: { last == nil || $0.sequence == last }) else {
            throw NetlinkAnswer(sequence: last ?? 0, error: ETIMEDOUT, text: "the kernel does not answer")
        }
        return messages.filter { $0.answer == nil }
    }

    /// Asks for a list; anew when it changed while it was read, a few times at most.
    func list(_ request: [UInt8]) throws(NetlinkAnswer) -> [NetlinkMessage] {
        for _ in 0..<10 {
            if let whole = try attempt(request) { return whole }
        }
        throw NetlinkAnswer(sequence: 0, error: EINTR, text: "it changes all the time")
    }

    /// Nil if it changed while it was read.
    private func attempt(_ request: [UInt8]) throws(NetlinkAnswer) -> [NetlinkMessage]? {
        try begin(request)
        var messages: [NetlinkMessage] = []
        var isWhole = true
        while true {
            guard let more = try receive(within: 2_000) else {
                throw NetlinkAnswer(sequence: 0, error: ETIMEDOUT, text: "the kernel does not answer")
            }
            for message in more {
                if message.flags & Netlink.dumpInterrupted != 0 { isWhole = false }
                guard let answer = message.answer else {
                    messages.append(message)
                    continue
                }
                // A change between two parts of the list may show as EINTR.
                if answer.error == EINTR { return nil }
                if answer.error != 0 { throw answer }
                return isWhole ? messages : nil
            }
        }
    }

    // MARK: - Datagrams

    private func begin(_ bytes: [UInt8]) throws(NetlinkAnswer) {
        // What an interrupted exchange left.
        while try receive(within: 0) != nil {}
        // A datagram must fit the send buffer whole.
        if bytes.count > 100_000 {
            var size = Int32(clamping: bytes.count * 2)
            // SO_SNDBUFFORCE goes past the system's limit, with the privilege that netfilter needs anyhow.
            setsockopt(descriptor, SOL_SOCKET, 32, &size, 4)
        }
        while send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) < 0 {
            if errno != EINTR { throw NetlinkAnswer(sequence: 0, error: errno, text: "sending over netlink") }
        }
    }

    /// The messages of the next datagram; nil if none comes within `milliseconds`.
    private func receive(within milliseconds: Int32) throws(NetlinkAnswer) -> [NetlinkMessage]? {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count >= 0 { return try NetlinkMessage.split(ArraySlice(Array(buffer[..<count]))) }
            if errno == EINTR { continue }
            guard errno == EAGAIN else {
                throw NetlinkAnswer(sequence: 0, error: errno, text: "reading from netlink")
            }
            if milliseconds == 0 || poll(&wait, 1, milliseconds) == 0 { return nil }
        }
    }
}
