package import ChaosHTTP

/// What a probe asks, and how.
package enum ProbeTarget: Hashable, Sendable {
    case http(path: String, expect: HTTPExpectation)
    /// That a connection can be made.
    case tcp
    case redis(RedisCommand)
    case nats(NATSRequest)
    /// A program (absolute, or on the PATH) and its arguments; success is exit code 0.
    case command([String])
}

/// Which answer of a server is a success.
package enum HTTPExpectation: Hashable, Sendable {
    case status(Int)
    /// 200, and a body with this text in it.
    case text(String)

    /// Three digits are a status.
    package init(_ text: String?) {
        switch text {
        case nil: self = .status(200)
        case let text?:
            if text.utf8.count == 3, let status = Int(text) { self = .status(status) } else { self = .text(text) }
        }
    }

    func holds(_ status: Int, _ body: [UInt8]) -> Bool {
        switch self {
        case .status(let expected): status == expected
        case .text(let text): status == 200 && String(decoding: body, as: UTF8.self).contains(text)
        }
    }
}

/// A command for a Redis server, and how to log in.
package struct RedisCommand: Hashable, Sendable {
    package var words: [String]
    /// `AUTH`'s words: user and password, or a password; empty for none.
    package var credential: [String]
    /// The text of the reply; nil for any that is no error.
    package var expect: String?

    package init(words: [String], credential: [String] = [], expect: String? = nil) {
        self.words = words
        self.credential = credential
        self.expect = expect
    }
}

/// A request over NATS, and how to log in.
package struct NATSRequest: Hashable, Sendable {
    package var subject: String
    package var payload: String
    /// User and password, or a token; empty for none.
    package var credential: [String]
    /// Text in the answer; nil for any answer.
    package var expect: String?

    /// Nil for a subject that nobody can be asked under.
    package init?(subject: String, payload: String = "", credential: [String] = [], expect: String? = nil) {
        let tokens = subject.split(separator: ".", omittingEmptySubsequences: false)
        guard tokens.allSatisfy({ !$0.isEmpty && $0 != "*" && $0 != ">" }),
            subject.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        self.subject = subject
        self.payload = payload
        self.credential = credential
        self.expect = expect
    }

    func holds(_ answer: [UInt8]) -> Bool {
        expect.map { String(decoding: answer, as: UTF8.self).contains($0) } ?? true
    }
}

/// A problem of what the operator wrote.
package struct TargetError: Error, Hashable {
    package var message: String
}

extension ProbeTarget {
    /// From `http://10.0.0.1:80/path`, `tcp://10.0.0.1:22`, `redis://10.0.0.1:6379`, `nats://10.0.0.1:4222/SUBJECT` or
    /// `command:/bin/true x`.
    ///
    /// - Parameters:
    ///   - redis: command for `redis:`, and credential for it and `nats:`.
    package static func parse(
        _ text: String, expect: String?, redis: RedisCommand
    ) throws(TargetError) -> (target: ProbeTarget, addresses: [Endpoint]) {
        if text.hasPrefix("command:") {
            let words = text.dropFirst(8).split(separator: " ").map(String.init)
            guard !words.isEmpty else { throw TargetError(message: "`\(text)` names no program") }
            return (.command(words), [])
        }
        guard let (kind, rest) = cut(text, at: "://") else {
            throw TargetError(
                message:
                    "`\(text)` is no target; as http://10.0.0.1:80/path, tcp://, redis://, nats:// or command:/bin/true"
            )
        }
        guard ["http", "tcp", "redis", "nats"].contains(kind) else {
            throw TargetError(message: "`\(text)`: unknown kind `\(kind)`; http, tcp, redis, nats or command")
        }
        let (place, path) = cut(rest, at: "/").map { ($0, "/" + $1) } ?? (rest, "/")
        guard let endpoint = Endpoint(place) else {
            throw TargetError(message: "`\(text)`: `\(place)` is not ADDRESS:PORT with an IPv4 address")
        }
        switch kind {
        case "http":
            try check(path: path)
            return (.http(path: path, expect: HTTPExpectation(expect)), [endpoint])
        case "tcp": return (.tcp, [endpoint])
        case "nats":
            guard
                let request = NATSRequest(
                    subject: String(path.dropFirst()), credential: redis.credential, expect: expect)
            else {
                throw TargetError(message: "`\(text)` names no subject to ask; as nats://10.0.0.1:4222/SUBJECT")
            }
            return (.nats(request), [endpoint])
        default:
            var redis = redis
            redis.expect = expect
            return (.redis(redis), [endpoint])
        }
    }

    /// As a request's line takes it.
    static func check(path: String) throws(TargetError) {
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw TargetError(
                message: "`\(path)` is no path: it starts with `/`, without spaces and other than ASCII encoded")
        }
    }

    private static func cut(_ text: String, at mark: String) -> (String, String)? {
        guard let range = text.firstRange(of: mark) else { return nil }
        return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
    }
}
