import Foundation
import Glibc
import Synchronization

/// An HTTP server on loopback that does what it is told: answers, fails, stalls, breaks off. Plain sockets, a thread for each
/// connection.
package final class LocalReceiver: Sendable {
    package struct Request: Sendable {
        package var method: String
        package var path: String
        package var headers: [String: String]
        package var body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }

        package var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
        }
    }

    package enum Behaviour: Sendable {
        case answer(Int, headers: [(String, String)] = [], body: String = "ok")
        /// Takes the request and never answers.
        case stall
        /// Sends half an answer and resets the connection.
        case breakOff
        /// An answer that never ends.
        case endless
    }

    private struct State {
        var behaviour: Behaviour
        /// For the next requests, before `behaviour`.
        var script: [Behaviour] = []
        var requests: [Request] = []
        var open: Set<Int32> = []
        var isStopped = false
    }

    package let port: UInt16
    private let listener: Int32
    private let state: Mutex<State>

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { state.withLock { $0.requests } }

    package init(_ behaviour: Behaviour = .answer(200), port wanted: UInt16 = 0) throws {
        state = Mutex(State(behaviour: behaviour))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else {
            close(listener)
            throw POSIXError(.EADDRINUSE)
        }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 {
                    if errno == EINTR || errno == ECONNABORTED { continue }
                    close(listener)
                    return
                }
                guard let self, self.admit(connection) else {
                    close(connection)
                    close(listener)
                    return
                }
                Thread.detachNewThread { [weak self] in
                    self?.serve(connection)
                    self?.forget(connection)
                    close(connection)
                }
            }
        }
    }

    deinit { stop() }

    /// Refuses connections from now on, and ends those that are open.
    package func stop() {
        // Under the lock, so that none of the numbers can belong to another socket already; who uses one closes it.
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            shutdown(listener, Int32(SHUT_RDWR))
            for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    /// What it does from now on, after the script.
    package func become(_ behaviour: Behaviour) { state.withLock { $0.behaviour = behaviour } }

    /// What it does with the next requests, one after the other.
    package func follow(_ script: [Behaviour]) { state.withLock { $0.script += script } }

    private func admit(_ connection: Int32) -> Bool {
        state.withLock { state in
            if !state.isStopped { state.open.insert(connection) }
            return !state.isStopped
        }
    }

    private func forget(_ connection: Int32) { state.withLock { _ = $0.open.remove(connection) } }

    private func serve(_ connection: Int32) {
        guard let request = Self.read(connection) else { return }
        let behaviour = state.withLock { state in
            state.requests.append(request)
            return state.script.isEmpty ? state.behaviour : state.script.removeFirst()
        }
        switch behaviour {
        case .answer(let status, let headers, let body):
            let lines = ["HTTP/1.1 \(status) Said", "Content-Length: \(body.utf8.count)", "Connection: close"]
            let head = (lines + headers.map { "\($0.0): \($0.1)" }).joined(separator: "\r\n")
            Self.write("\(head)\r\n\r\n\(body)", to: connection)
        case .stall:
            // Until the other side gives up, or the server is stopped.
            var byte: UInt8 = 0
            while recv(connection, &byte, 1, 0) > 0 {}
        case .breakOff:
            Self.write("HTTP/1.1 200 Said\r\nContent-Length: 1000\r\n\r\nhalf", to: connection)
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        case .endless:
            Self.write("HTTP/1.1 200 Said\r\nTransfer-Encoding: chunked\r\n\r\n", to: connection)
            let chunk = "400\r\n" + String(repeating: "x", count: 1024) + "\r\n"
            // Far more than anybody should take; a client that takes it all must not be fed for ever.
            for _ in 0..<65_536 { guard Self.write(chunk, to: connection) else { break } }
        }
    }

    @discardableResult
    private static func write(_ text: String, to connection: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let request = parse(bytes) { return request }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk[..<count]
        }
    }

    private static func parse(_ bytes: [UInt8]) -> Request? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let body = Array(bytes[end.upperBound...])
        guard words.count == 3, body.count >= Int(headers["content-length"] ?? "0") ?? 0 else { return nil }
        return Request(method: String(words[0]), path: String(words[1]), headers: headers, body: body)
    }
}
