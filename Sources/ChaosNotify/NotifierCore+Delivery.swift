import ChaosPlan

extension NotifierCore {
    /// Sends a receiver's first message, or sees to it that somebody looks again when its time has come. The first alone: a
    /// resolve must not overtake its trigger, and a receiver that fails need not be asked by each message.
    mutating func advance(_ index: Int) -> [Action] {
        let now = clock.now
        while !lines[index].isSending, let entry = lines[index].entries.first {
            let limit = configuration.giveUpAfter / .millisecond
            // At least once, however old: the process may have been away all the time.
            if entry.attempts > 0, now >= entry.message.time + limit {
                bury(index, at: 0, entry.failure ?? "no attempt succeeded")
                continue
            }
            // A clock that was set back must not make it wait for years.
            let due = Swift.min(entry.notBefore, now + BackOff.longestAsked)
            if now < due {
                guard lines[index].wakesAt != due else { return [] }
                lines[index].wakesAt = due
                return [.wake(receiver: lines[index].receiver.name, after: due - now)]
            }
            do throws(SecretFile.Fault) {
                let receiver = lines[index].receiver
                let request = try Payload(source: configuration.source, now: now).request(entry.message, to: receiver)
                lines[index].isSending = true
                lines[index].secrets = request.secrets
                return [.send(request, receiver: receiver.name, limit: receiver.timeout / .millisecond)]
            } catch {
                postpone(index, error.message, nil)
            }
        }
        return []
    }

    mutating func sent(to receiver: String, _ result: Result<HTTPAnswer, TransportFailure>) -> [Action] {
        guard let index = lines.firstIndex(where: { $0.receiver.name == receiver }), lines[index].isSending else {
            return []
        }
        let secrets = lines[index].secrets
        lines[index].isSending = false
        lines[index].secrets = []
        switch DeliveryOutcome(result, secrets: secrets, now: clock.now) {
        case .delivered:
            let entry = lines[index].entries.removeFirst()
            if entry.attempts > 0 { say("\(receiver): delivered after \(entry.attempts + 1) attempts") }
            lines[index].delivered += 1
            lines[index].failure = nil
            outbox.remove(entry.message)
        case .retry(let why, let after): postpone(index, why, after)
        case .refused(let why): bury(index, at: 0, why)
        }
        return advance(index) + settled()
    }

    private mutating func postpone(_ index: Int, _ why: String, _ asked: Int64?) {
        var entry = lines[index].entries[0]
        entry.attempts += 1
        entry.failure = why
        let delay = backOff.delay(after: entry.attempts, of: entry.message.id, asked: asked)
        entry.notBefore = clock.now + delay
        lines[index].entries[0] = entry
        lines[index].failure = why
        attempt(Result { () throws(Outbox.Failure) in try outbox.store(entry) })
        let next = ScalarText.show((delay + 999) / 1000 * .second, .duration)
        say("\(lines[index].receiver.name): not delivered (attempt \(entry.attempts)): \(why); again in \(next)")
    }

    mutating func bury(_ index: Int, at position: Int, _ why: String) {
        var entry = lines[index].entries.remove(at: position)
        entry.failure = why
        entry.givenUp = clock.now
        lines[index].failure = why
        attempt(Result { () throws(Outbox.Failure) in try outbox.bury(entry) })
        say(
            "\(lines[index].receiver.name): given up after \(entry.attempts) attempts: \(why); `\(entry.message.headline)`"
        )
    }

    func standings() -> [Notifier.Standing] {
        let dead = outbox.dead()
        return lines.map { line in
            Notifier.Standing(
                receiver: line.receiver.name, delivered: line.delivered, waiting: line.entries.count,
                dead: dead.count { $0.message.receiver == line.receiver.name }, failure: line.failure)
        }
    }
}
