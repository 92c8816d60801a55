package import NIOCore

/// Where a server listens.
package struct Endpoint: Hashable, Sendable {
    /// An IPv4 literal: names are looked up by nobody here.
    package var address: String
    package var port: Int

    package init(address: String, port: Int) {
        self.address = address
        self.port = port
    }

    /// From `10.0.0.1:80`.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65535).contains(port)
        else { return nil }
        let parts = text[..<colon].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.allSatisfy({ UInt8($0) != nil }) else { return nil }
        self.init(address: String(text[..<colon]), port: port)
    }

    package var text: String { "\(address):\(port)" }
}

/// How a call ended.
package enum HTTPOutcome: Hashable, Sendable {
    /// Whatever the status is.
    case answered(status: Int, body: [UInt8])
    /// Nobody listens, or the connection was closed or reset before a whole answer: known at once.
    case refused
    /// No way there, or what came was no HTTP; why.
    case unreachable(String)
    case timedOut

    /// Said of a call that this process itself could not make, such as without a descriptor: no word about the peer.
    static func ownFault(_ text: String) -> HTTPOutcome { .unreachable(ownFaultMark + text) }

    /// Why this process could not make the call; nil if it could.
    package var ownFault: String? {
        guard case .unreachable(let text) = self, text.hasPrefix(Self.ownFaultMark) else { return nil }
        return String(text.dropFirst(Self.ownFaultMark.count))
    }

    private static let ownFaultMark = "here: "
}

/// Calls from one event loop: everything here happens on it, without locks. Holds idle connections for the next call.
package final class HTTPCaller {
    /// Idle connections to one endpoint; beyond it they are closed after their answer.
    private static let keptIdle = 256

    let eventLoop: any EventLoop
    private var idle: [Endpoint: [HTTPConnection]] = [:]
    private var deadlines = HTTPDeadlines()
    private var alarm: (scheduled: Scheduled<Void>, due: NIODeadline)?

    package init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// - Parameters:
    ///   - path: with its query, encoded.
    ///   - timeout: in nanoseconds, from now to the whole answer.
    ///   - done: called once, later and on the event loop.
    ///
    /// If a connection that was kept turns out closed before a byte of the answer came (a peer that restarted), the call is
    /// sent once more, on a fresh one. It is never repeated otherwise.
    package func call(
        _ endpoint: Endpoint, method: String, path: String, body: [UInt8] = [], timeout: Int64,
        done: @escaping (HTTPOutcome) -> Void
    ) {
        eventLoop.preconditionInEventLoop()
        let call = HTTPCall(endpoint, method: method, path: path, body: body, done: done)
        call.deadline = .now() + .nanoseconds(timeout)
        deadlines.add(call)
        setAlarm(call.deadline)
        if let connection = idle[endpoint]?.popLast() {
            connection.send(call)
        } else {
            HTTPConnection.open(for: call, of: self)
        }
    }

    /// Closes the idle connections.
    package func close() {
        let connections = idle.values.joined()
        idle = [:]
        for connection in connections { connection.close() }
    }

    // MARK: From connections

    func keep(_ connection: HTTPConnection) {
        if idle[connection.endpoint, default: []].count < Self.keptIdle {
            idle[connection.endpoint, default: []].append(connection)
        } else {
            connection.close()
        }
    }

    func forget(_ connection: HTTPConnection) {
        guard let index = idle[connection.endpoint]?.firstIndex(where: { $0 === connection }) else { return }
        idle[connection.endpoint]?.remove(at: index)
        if idle[connection.endpoint]?.isEmpty == true { idle[connection.endpoint] = nil }
    }

    /// Its kept connection was closed under it.
    func retry(_ call: HTTPCall) { HTTPConnection.open(for: call, of: self) }

    // MARK: Timeouts

    /// One timer, for the earliest: calls that were answered are passed over when it fires.
    private func setAlarm(_ due: NIODeadline) {
        if let alarm {
            if alarm.due <= due { return }
            alarm.scheduled.cancel()
        }
        let scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: due) { self.expire() }
        alarm = (scheduled, due)
    }

    private func expire() {
        alarm = nil
        let now = NIODeadline.now()
        while let call = deadlines.next(until: now) {
            let connection = call.connection
            call.finish(.timedOut)
            connection?.close()
        }
        if let earliest = deadlines.earliest { setAlarm(earliest) }
    }
}
