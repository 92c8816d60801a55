import CNetlink
import Glibc

/// What the kernel answered to a request: its error number and, where it gave one, its explanation.
struct NetlinkError: Error, Hashable {
    var number: Int32
    var explanation: String

    /// As an operator reads it: `adding netem to eth0: No such file or directory (Specified qdisc kind is unknown)`.
    func host(_ what: String) -> HostError {
        var error = SystemCall.failure(number, what)
        if !explanation.isEmpty { error.message += " (\(explanation))" }
        return error
    }
}

/// A socket to the kernel's traffic control, links and routes, through libnl. Requests are answered before they return.
final class RouteSocket {
    struct Message {
        var type: UInt16
        var payload: ArraySlice<UInt8>
    }

    let socket: OpaquePointer
    private var sequence: UInt32 = 0

    init() throws(HostError) {
        guard let socket = nl_socket_alloc() else { throw HostError(.failed, "no memory for a netlink socket") }
        // libnl closes it on exec by itself.
        let result = nl_connect(socket, NETLINK_ROUTE)
        guard result >= 0 else {
            nl_socket_free(socket)
            throw HostError(.failed, "connecting to NETLINK_ROUTE: \(String(cString: nl_geterror(result)))")
        }
        self.socket = socket
        let descriptor = nl_socket_get_fd(socket)
        var one: Int32 = 1
        // NETLINK_EXT_ACK: errors come with words.
        setsockopt(descriptor, 270, 11, &one, socklen_t(MemoryLayout<Int32>.size))
        // The kernel answers within the request; this only keeps a fault of ours from hanging the executor.
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { nl_socket_free(socket) }

    static let request: UInt16 = 0x1
    static let acknowledge: UInt16 = 0x4
    static let dump: UInt16 = 0x300
    static let create: UInt16 = 0x600  // NLM_F_CREATE | NLM_F_EXCL: what is there already is never changed

    /// Has something done; returns when it is.
    func perform(_ type: Int, flags: UInt16 = 0, _ body: NetlinkBody) throws(NetlinkError) {
        _ = try exchange(type, Self.request | Self.acknowledge | flags, body)
    }

    /// Asks for one thing.
    func ask(_ type: Int, _ body: NetlinkBody) throws(NetlinkError) -> Message? {
        try exchange(type, Self.request, body).first
    }

    /// Asks for all; anew when they changed meanwhile.
    func list(_ type: Int, _ body: NetlinkBody) throws(NetlinkError) -> [Message] {
        for _ in 0..<9 {
            do {
                return try exchange(type, Self.request | Self.dump, body)
            } catch {
                guard error.number == EINTR else { throw error }
            }
        }
        return try exchange(type, Self.request | Self.dump, body)
    }

    private func exchange(_ type: Int, _ flags: UInt16, _ body: NetlinkBody) throws(NetlinkError) -> [Message] {
        sequence &+= 1
        var message = NetlinkBody()
        message.append(UInt32(16 + body.bytes.count))
        message.append(UInt16(type))
        message.append(flags)
        message.append(sequence)
        message.append(UInt32(0))
        message.append(raw: body.bytes)
        var bytes = message.bytes
        let sent = nl_sendto(socket, &bytes, bytes.count)
        guard sent >= 0 else { throw NetlinkError(number: EIO, explanation: String(cString: nl_geterror(sent))) }
        return try replies(isList: flags & Self.dump != 0, isAcknowledged: flags & Self.acknowledge != 0)
    }

    private func replies(isList: Bool, isAcknowledged: Bool) throws(NetlinkError) -> [Message] {
        var found: [Message] = []
        var wasInterrupted = false
        while true {
            var rest = try receive()
            while rest.count >= 16 {
                let length = Int(rest.integer(at: 0, as: UInt32.self))
                guard length >= 16, length <= rest.count else { break }
                let type = rest.integer(at: 4, as: UInt16.self)
                let flags = rest.integer(at: 6, as: UInt16.self)
                let isAnswer = rest.integer(at: 8, as: UInt32.self) == sequence
                let payload = rest.dropFirst(16).prefix(length - 16)
                rest = rest.dropFirst((length + 3) & ~3)
                guard isAnswer else { continue }
                wasInterrupted = wasInterrupted || flags & 0x10 != 0
                switch type {
                case 2, 3:
                    let code: Int32 = payload.integer(at: 0)
                    if code < 0 {
                        throw NetlinkError(
                            number: -code, explanation: Self.explanation(payload, flags, isError: type == 2))
                    }
                    if wasInterrupted { throw NetlinkError(number: EINTR, explanation: "") }
                    return found
                default:
                    found.append(Message(type: type, payload: payload))
                    if !isList, !isAcknowledged { return found }
                }
            }
        }
    }

    private func receive() throws(NetlinkError) -> ArraySlice<UInt8> {
        var sender = sockaddr_nl()
        var buffer: UnsafeMutablePointer<UInt8>?
        let count = nl_recv(socket, &sender, &buffer, nil)
        guard count > 0, let buffer else {
            throw NetlinkError(
                number: EIO, explanation: count < 0 ? String(cString: nl_geterror(count)) : "no answer")
        }
        defer { free(buffer) }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(count)))[...]
    }

    /// The kernel's words behind an error, after the request that it repeats.
    private static func explanation(_ payload: ArraySlice<UInt8>, _ flags: UInt16, isError: Bool) -> String {
        guard flags & 0x200 != 0 else { return "" }
        let repeated: Int
        if !isError {
            repeated = 0
        } else if flags & 0x100 != 0 {
            repeated = 16
        } else {
            repeated = (Int(payload.integer(at: 4, as: UInt32.self)) + 3) & ~3
        }
        return RouteAttributes(payload.dropFirst(4 + repeated)).text(1) ?? ""
    }
}
