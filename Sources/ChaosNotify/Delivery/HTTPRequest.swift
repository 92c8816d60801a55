/// One request. Its address, headers and body may hold secrets, so it says nothing of itself when printed.
package struct HTTPRequest: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var method = "POST"
    package var url: String
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8]
    /// What must not be shown again, should the answer repeat it.
    var secrets: [Secret] = []

    package var description: String { "(a request)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What came back.
package struct HTTPAnswer: Hashable, Sendable {
    package var status: Int
    /// The header of that name, as sent.
    package var retryAfter: String?
    /// At most its first 4 KiB.
    package var body: [UInt8]

    package init(status: Int, retryAfter: String?, body: [UInt8]) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
    }
}

/// Why nothing came back. Made of codes, never of a library's description, which would quote the address.
package enum TransportFailure: Error, Hashable, Sendable {
    case refused
    case unresolved
    case timedOut
    case broken
    case tls
    case address
    case other(Int)

    package var words: String {
        switch self {
        case .refused: "the connection was refused"
        case .unresolved: "the host's name was not found"
        case .timedOut: "no answer within the time limit"
        case .broken: "the connection broke before the answer was whole"
        case .tls: "no secure connection: the certificate or the protocol was refused"
        case .address: "not an address that can be asked"
        case .other(let code): "the connection failed (URL error \(code))"
        }
    }
}

/// Sends requests.
package protocol Transport: Sendable {
    /// Calls `done` exactly once, from any thread, at the latest when the time is over.
    ///
    /// - Parameter limit: milliseconds, of real time, for all of it.
    func send(
        _ request: HTTPRequest, limit: Int64, done: @escaping @Sendable (Result<HTTPAnswer, TransportFailure>) -> Void)
}
