import ChaosHTTP
import Dispatch
import Glibc
import NIOCore
import NIOPosix

/// One event loop with a caller on it, and servers that a test starts; all ended with it.
final class Loop: Sendable {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let caller: NIOLoopBoundBox<HTTPCaller?>

    init() {
        let eventLoop = group.any()
        caller = NIOLoopBoundBox.makeBoxSendingValue(nil, eventLoop: eventLoop)
    }

    deinit { group.shutdownGracefully { _ in } }

    func serve(
        port: Int = 0, _ handle: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void
    ) throws -> HTTPServer {
        try HTTPServer.start(on: group, host: "127.0.0.1", port: port, handle: handle)
    }

    /// All at the same time; outcomes in the order of the calls.
    func call(
        _ port: Int, _ paths: [String], method: String = "GET", body: [UInt8] = [], timeout: Int64 = 60_000_000_000
    ) async throws -> [HTTPOutcome] {
        let eventLoop = group.any()
        let promises = paths.map { _ in eventLoop.makePromise(of: HTTPOutcome.self) }
        eventLoop.execute {
            let caller = self.caller.value ?? HTTPCaller(on: eventLoop)
            self.caller.value = caller
            for (path, promise) in zip(paths, promises) {
                caller.call(
                    Endpoint(address: "127.0.0.1", port: port), method: method, path: path, body: body,
                    timeout: timeout
                ) { promise.succeed($0) }
            }
        }
        var outcomes: [HTTPOutcome] = []
        for promise in promises { outcomes.append(try await promise.futureResult.get()) }
        return outcomes
    }

    func call(_ port: Int, _ path: String, timeout: Int64 = 60_000_000_000) async throws -> HTTPOutcome {
        try await call(port, [path], timeout: timeout)[0]
    }
}

/// A blocking socket for what no proper client or server would send.
struct RawSocket {
    let descriptor: Int32

    struct Failed: Error {}

    /// To 127.0.0.1.
    init(connectingTo port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failed() }
    }

    /// On a free port of 127.0.0.1, or on `port`.
    init(listeningOn port: Int = 0) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = Self.loopback(port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, listen(descriptor, 16) == 0 else { throw Failed() }
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    var port: Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    func accept() throws -> RawSocket {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw Failed() }
        return RawSocket(descriptor: accepted)
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// What comes within one read; empty at the end.
    func read() -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    func readToEnd() -> String {
        var all = ""
        while true {
            let part = read()
            if part.isEmpty { return all }
            all += part
        }
    }

    func close() { Glibc.close(descriptor) }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}

/// A thread for blocking sockets.
final class Worker: Sendable {
    private let isOver = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "worker").async { [isOver] in
            body()
            isOver.signal()
        }
    }

    func join() { isOver.wait() }
}
