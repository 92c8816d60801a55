import Dispatch
import Foundation
import Glibc

/// HTTP by hand over real sockets: a test says each byte that a hostile client would.
struct RawHTTP: Sendable {
    struct Answer: Sendable {
        var status: Int
        var headers: [String: String]
        var body: String

        func json() throws -> [String: Any] {
            try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any] ?? [:]
        }
    }

    struct Trouble: Error {
        var what: String
    }

    let port: Int

    /// Generous: it ends waits for what never comes, it times nothing.
    static let patience: time_t = 60

    func get(_ path: String, _ headers: [(String, String)] = [], host: String? = nil) async throws -> Answer {
        try await send("GET", path, headers, host: host, body: nil)
    }

    func post(_ path: String, _ headers: [(String, String)], body: String = "{}", host: String? = nil) async throws
        -> Answer
    {
        try await send("POST", path, headers, host: host, body: body)
    }

    func send(_ method: String, _ path: String, _ headers: [(String, String)], host: String?, body: String?)
        async throws -> Answer
    {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(port)")", "Connection: close"]
        lines += headers.map { "\($0.0): \($0.1)" }
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        let text = lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
        let connection = try Connection(port: port)
        return try await Self.aside {
            try connection.write(text)
            return try Self.parse(connection.readAll())
        }
    }

    static func aside<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: work)) }
        }
    }

    private static func parse(_ bytes: [UInt8]) throws -> Answer {
        let text = String(decoding: bytes, as: UTF8.self)
        // Swift takes CR LF for one character.
        guard let end = text.range(of: "\r\n\r\n") else { throw Trouble(what: "no answer: \(text)") }
        let head = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let status = head[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var headers: [String: String] = [:]
        for line in head.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 {
                headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return Answer(status: status, headers: headers, body: String(text[end.upperBound...]))
    }

    /// One socket, for one reader.
    final class Connection: Sendable {
        private let descriptor: Int32

        init(port: Int) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(UInt16(port).bigEndian)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else { throw Trouble(what: "no connection: \(String(cString: strerror(errno)))") }
            var patience = timeval(tv_sec: RawHTTP.patience, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        }

        deinit { close(descriptor) }

        func write(_ text: String) throws {
            let bytes = Array(text.utf8)
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count == bytes.count else { throw Trouble(what: "cannot send") }
        }

        /// Empty at the end.
        func read() throws -> [UInt8] {
            var chunk = [UInt8](repeating: 0, count: 1 << 14)
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw Trouble(what: "nothing comes: \(String(cString: strerror(errno)))") }
            return Array(chunk.prefix(count))
        }

        func readAll() throws -> [UInt8] {
            var all: [UInt8] = []
            while true {
                let chunk = try read()
                if chunk.isEmpty { return all }
                all += chunk
            }
        }
    }
}

/// A page's view of `/events`, over a real socket.
final class EventReader {
    private let connection: RawHTTP.Connection
    private var text = ""
    private(set) var head = ""
    /// The server ended the stream in order.
    private(set) var hasEnded = false

    init(port: Int) async throws {
        let connection = try RawHTTP.Connection(port: port)
        self.connection = connection
        try connection.write("GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAccept: text/event-stream\r\n\r\n")
        while !text.contains("\r\n\r\n") { try await more() }
        let end = text.range(of: "\r\n\r\n")!
        head = String(text[..<end.lowerBound])
        text = String(text[end.upperBound...])
    }

    /// The next event; nil when the stream has ended.
    func next() async throws -> (event: String, data: [String: Any])? {
        while true {
            // Chunks' lengths stand on lines of their own between events.
            if let end = text.range(of: "\n\n") {
                let lines = text[..<end.lowerBound].split(whereSeparator: \.isNewline)
                text = String(text[end.upperBound...])
                guard let event = lines.first(where: { $0.hasPrefix("event: ") }),
                    let data = lines.first(where: { $0.hasPrefix("data: ") })
                else { continue }
                let json = try JSONSerialization.jsonObject(with: Data(data.dropFirst(6).utf8)) as? [String: Any]
                return (String(event.dropFirst(7)), json ?? [:])
            }
            if hasEnded { return nil }
            try await more()
        }
    }

    private func more() async throws {
        let bytes = try await RawHTTP.aside { [connection] in try connection.read() }
        if bytes.isEmpty { hasEnded = true }
        text += String(decoding: bytes, as: UTF8.self)
        if text.hasSuffix("0\r\n\r\n") { hasEnded = true }
    }
}
