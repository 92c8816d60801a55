import ChaosPlan

extension NotifyConfiguration {
    /// How a test message fared with one receiver.
    public struct TestResult: Hashable, Sendable {
        public var receiver: String
        public var level: Level
        /// Nil: it was delivered.
        public var failure: String?
    }

    /// Sends a test message through the routes, once to each receiver of each level, past the outbox; where problems stay
    /// open until somebody ends them, its end follows.
    ///
    /// - Parameter level: nil for all that have a route.
    public func test(_ level: Level?) async -> [TestResult] {
        await test(level, clock: SystemNotifyClock(), transport: URLSessionTransport())
    }

    package func test(_ level: Level?, clock: any NotifyClock, transport: any Transport) async -> [TestResult] {
        var results: [TestResult] = []
        for level in Level.allCases.filter({ level == nil || $0 == level }) {
            for name in routes[level] ?? [] {
                guard let receiver = receiver(name) else { continue }
                var failure = await test(.firing, level, receiver, clock, transport)
                if failure == nil, receiver.keepsProblems {
                    failure = await test(.resolved, level, receiver, clock, transport)
                }
                results.append(TestResult(receiver: name, level: level, failure: failure))
            }
        }
        return results
    }

    private func test(
        _ state: NotificationEvent.State, _ level: Level, _ receiver: Receiver, _ clock: any NotifyClock,
        _ transport: any Transport
    ) async -> String? {
        let now = clock.now
        let event = NotificationEvent.test(state)
        let message = Message(
            id: "\(now)-test-\(level.rawValue)", receiver: receiver.name, key: event.key, state: state, level: level,
            kind: .test, title: event.title, event: event, time: now, since: now, occurrences: 1)
        let request: HTTPRequest
        do throws(SecretFile.Fault) {
            request = try Payload(source: source, now: now).request(message, to: receiver)
        } catch {
            return error.message
        }
        let result = await withCheckedContinuation { continuation in
            transport.send(request, limit: receiver.timeout / .millisecond) { continuation.resume(returning: $0) }
        }
        switch DeliveryOutcome(result, secrets: request.secrets, now: now) {
        case .delivered: return nil
        case .retry(let why, _), .refused(let why): return why
        }
    }
}

extension Receiver {
    /// What is told there stays until its end is told.
    fileprivate var keepsProblems: Bool {
        switch kind {
        case .pagerduty, .alertmanager: true
        case .webhook, .slack: false
        }
    }
}
