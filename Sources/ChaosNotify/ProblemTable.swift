/// Which problems are open and who was told of them: turns events into messages, and repetitions into counts. Pure; the
/// outbox stores it after each event.
package struct ProblemTable: Codable, Hashable, Sendable {
    package struct Problem: Codable, Hashable, Sendable {
        package var kind: NotificationEvent.Kind
        package var title: String
        package var scenario: String?
        package var world: String?
        package var level: Level
        /// Names, in the order in which they were first told.
        package var receivers: [String]
        /// Milliseconds since 1970.
        package var since: Int64
        package var lastTold: Int64
        package var occurrences: Int

        /// That begins with an event.
        init(_ event: NotificationEvent, level: Level, receivers: [String], time: Int64) {
            kind = event.kind
            title = event.title
            scenario = event.scenario
            world = event.world
            self.level = level
            self.receivers = receivers
            since = time
            lastTold = time
            occurrences = 1
        }
    }

    /// By key.
    package private(set) var open: [String: Problem] = [:]
    /// When good news that nobody waited for was told, by key.
    private(set) var quiet: [String: Int64] = [:]

    package init() {}

    /// What is to be told of an event.
    ///
    /// - Parameters:
    ///   - id: the event's; messages take theirs from it, so that deciding twice makes the same messages.
    ///   - time: milliseconds since 1970.
    ///   - level: that its rule gives it; nil: no rule wants it.
    ///   - route: receivers of that level.
    ///   - window: milliseconds in which a problem is not told again.
    package mutating func decide(
        _ event: NotificationEvent, id: String, time: Int64, level: Level?, route: [String], window: Int64
    ) -> [Message] {
        var messages: [Message] = []
        func tell(
            _ receiver: String, _ key: String, _ state: NotificationEvent.State, _ problem: Problem, former: Level?
        ) {
            let number = String(messages.count)
            messages.append(
                Message(
                    id: "\(id)-\(String(repeating: "0", count: Swift.max(0, 3 - number.count)))\(number)",
                    receiver: receiver, key: key, state: state, level: problem.level, formerLevel: former,
                    kind: problem.kind, title: problem.title, scenario: problem.scenario, world: problem.world,
                    event: event, time: time, since: problem.since, occurrences: problem.occurrences))
        }
        quiet = quiet.filter { time - $0.value < window }

        var ended = event.ends
        if event.state == .resolved, !ended.contains(event.key) { ended.append(event.key) }
        for key in ended {
            guard let problem = open.removeValue(forKey: key) else { continue }
            for receiver in problem.receivers { tell(receiver, key, .resolved, problem, former: nil) }
        }

        guard event.state == .firing else {
            guard let level, quiet[event.key] == nil else { return messages }
            let told = messages.map(\.receiver)
            let news = Problem(event, level: level, receivers: route, time: time)
            for receiver in route where !told.contains(receiver) {
                tell(receiver, event.key, .resolved, news, former: nil)
            }
            quiet[event.key] = time
            return messages
        }

        guard var problem = open[event.key] else {
            guard let level else { return messages }
            let problem = Problem(event, level: level, receivers: route, time: time)
            for receiver in route { tell(receiver, event.key, .firing, problem, former: nil) }
            open[event.key] = problem
            return messages
        }
        problem.occurrences += 1
        let isWorse = level.map { $0 > problem.level } ?? false
        if isWorse || (level != nil && time - problem.lastTold >= window) {
            let former = isWorse ? problem.level : nil
            if isWorse, let level { problem.level = level }
            problem.title = event.title
            problem.lastTold = time
            problem.receivers += route.filter { isWorse && !problem.receivers.contains($0) }
            for receiver in problem.receivers { tell(receiver, event.key, .firing, problem, former: former) }
        }
        open[event.key] = problem
        return messages
    }
}
