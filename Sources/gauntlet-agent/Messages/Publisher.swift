package import ChaosFleet
import ChaosHTTP
import ChaosNATS
package import ChaosPlan
import ChaosResilience
package import NIOCore

/// An agent as a publisher: every message passes the bounded buffer, one connection keeps its order, and what becomes of each is told
/// in the telemetry. The simulated publisher is the specification (`SimulatedWorld+Publishers`).
// All state is touched on the event loop only.
package final class Publisher: MessagePublishing, @unchecked Sendable {
    let name: String
    let fleet: Fleet
    let places: [BrokerPlace]
    let credentialPath: String
    let telemetry: TelemetryFile
    let loop: any EventLoop
    let link = BrokerLink()
    let isBuffered: Bool

    var buffer: OutboundBuffer
    /// Counters in the buffer that nobody has acknowledged, oldest first.
    var waiting: [UInt64] = []
    /// Sent on the present connection, without an answer yet.
    var sent: Set<UInt64> = []
    var nextCounter: UInt64
    var totals = Totals()

    /// Of the server it is connected to.
    var server: BrokerPlace?
    /// The last one that helped nobody: not the first to be tried next.
    var avoided: BrokerPlace?
    /// Grows with each connection, so that news of an old one is known as such.
    var connection: UInt64 = 0
    var isBuffering = false
    var credential: Credential?
    var credentialVersion = 0
    var lastError: String?

    var schedule: PublishSchedule?
    var nextPublish: Scheduled<Void>?
    var deadline: Scheduled<Void>?
    var reconnecting: Scheduled<Void>?
    var reloading: RepeatedTask?
    var flushed: (@Sendable () -> Void)?
    var isStopped = false

    struct Totals {
        var published: UInt64 = 0
        var acknowledged: UInt64 = 0
        var indeterminate: UInt64 = 0
        var dropped: UInt64 = 0
        var highWater = 0
        var reconnects: UInt64 = 0
    }

    /// Of an agent that finds everything where its place says.
    package convenience init(name: String, parts: Parts) {
        let place = parts.place
        self.init(
            name: name, fleet: place.fleet,
            places: place.fleet.broker.servers.indices.map { index in
                BrokerPlace(
                    name: place.fleet.broker.servers[index].name, address: place.endpoint(of: .broker(index)).text)
            },
            credentialPath: place.credential(of: name),
            lastPublished: TelemetryFile.lastPublished(path: place.telemetry(of: name)), telemetry: parts.telemetry,
            loop: parts.clock.loop)
    }

    /// With servers and a credential file elsewhere than in the fleet's layout.
    package init(
        name: String, fleet: Fleet, places: [BrokerPlace], credentialPath: String, lastPublished: UInt64?,
        telemetry: TelemetryFile, loop: any EventLoop
    ) {
        self.name = name
        self.fleet = fleet
        self.places = BrokerPlace.forAgent(name, fleet, places)
        self.credentialPath = credentialPath
        self.telemetry = telemetry
        self.loop = loop
        isBuffered = fleet.policies.enabled(.buffer)
        buffer = OutboundBuffer(policy: MachinePolicies(fleet).outboundBuffer)
        nextCounter = lastPublished.map { $0 + 1 } ?? 0
    }

    package func start() {
        guard !places.isEmpty else { return }
        credential = Credential.read(credentialPath)
        connect()
        guard fleet.policies.enabled(.credentialReload) else { return }
        let period = TimeAmount.nanoseconds(max(.millisecond, fleet.policies.credentials.reloadEvery))
        reloading = loop.scheduleRepeatedTask(initialDelay: period, delay: period) { [weak self] _ in
            self?.reloadCredential()
        }
    }

    package func order(_ order: RunOrder?) {
        guard let order, order.messageInterval > 0, !places.isEmpty, !isStopped else {
            schedule = nil
            nextPublish?.cancel()
            return
        }
        guard schedule?.isOf(order) != true else {
            schedule?.order = order
            return
        }
        schedule = PublishSchedule(order, agent: name, now: FleetClock.now)
        armPublish()
    }

    package func stop(done: @escaping @Sendable () -> Void) {
        guard !isStopped else { return done() }
        isStopped = true
        schedule = nil
        nextPublish?.cancel()
        reloading?.cancel()
        flushed = done
        if server == nil || buffer.isEmpty && sent.isEmpty { return end() }
        // What is under way has a moment to be answered.
        loop.scheduleTask(in: .seconds(1)) { self.end() }
    }

    /// What is still in memory goes with the process.
    func end() {
        guard let done = flushed else { return }
        flushed = nil
        deadline?.cancel()
        reconnecting?.cancel()
        for counter in isBuffered ? waiting : sent.sorted() {
            tell(sent.contains(counter) ? .indeterminate(counter) : .dropped(counter))
        }
        waiting = []
        sent = []
        connection += 1
        server = nil
        link.close { [loop] in loop.execute { done() } }
    }

    // MARK: Publishing

    func armPublish() {
        nextPublish?.cancel()
        guard let due = schedule?.due else { return }
        nextPublish = loop.scheduleTask(in: .nanoseconds(max(0, due - FleetClock.now))) { self.publishDue() }
    }

    private func publishDue() {
        guard var schedule else { return }
        if let due = schedule.due, due <= FleetClock.now {
            publish(stream: schedule.order.stream)
            schedule.advance(now: FleetClock.now)
            self.schedule = schedule
        }
        armPublish()
    }

    private func publish(stream: String) {
        let counter = nextCounter
        nextCounter += 1
        tell(.published(counter))
        streams[counter] = stream
        guard isBuffered else {
            guard server != nil else { return tell(.dropped(counter)) }
            return transmit(counter)
        }
        switch buffer.append(sequence: counter, size: Int(fleet.broker.messageSize)) {
        case .accepted: waiting.append(counter)
        case .acceptedDroppingOldest(let count):
            for lost in waiting.prefix(count) { tell(.dropped(lost)) }
            waiting.removeFirst(min(count, waiting.count))
            waiting.append(counter)
        case .dropped, .rejected: tell(.dropped(counter))
        }
        if buffer.highWater > totals.highWater {
            totals.highWater = buffer.highWater
            telemetry.write(.bufferHighWater(buffer.highWater))
        }
        if server == nil { noteBuffering() }
        send()
    }

    /// The stream each message that is still needed was published for; a run that comes later may have another.
    private var streams: [UInt64: String] = [:]

    func send() {
        guard server != nil else { return }
        if let due = buffer.nextDeadline, due <= FleetClock.now { return overdue() }
        while let message = buffer.nextToSend(now: FleetClock.now) { transmit(message.sequence) }
        armDeadline()
    }

    private func transmit(_ counter: UInt64) {
        guard let stream = streams[counter] else { return }
        sent.insert(counter)
        let message = FleetMessage(agent: name, counter: counter)
        // The buffer knows when an answer is overdue; without it the library does.
        let patience = fleet.broker.ackTimeout / .millisecond + (isBuffered ? 10_000 : 0)
        link.publish(
            message.payload(size: Int(fleet.broker.messageSize)), to: message.subject(stream: stream),
            messageID: message.id, timeout: max(1, patience)
        ) { [self, connection] outcome in
            loop.execute { self.finished(counter, connection, outcome) }
        }
    }

    private func finished(_ counter: UInt64, _ connection: UInt64, _ outcome: PublishOutcome) {
        guard connection == self.connection else { return }
        switch outcome {
        case .success:
            if sent.remove(counter) != nil { tell(.acknowledged(counter)) }
            avoided = nil
            guard isBuffered else { return }
            if buffer.acknowledged(sequence: counter) { waiting.removeAll { $0 == counter } }
            if !buffer.isEmpty { return send() }
            if isBuffering { noteDrained() }
            if isStopped { end() }
        case .failure(let failure):
            lastError = failure.text
            guard isBuffered else {
                sent.remove(counter)
                return tell(failure.kind == .refused ? .dropped(counter) : .indeterminate(counter))
            }
            // Lost connections tell of themselves, and silence has its deadline.
            guard failure.kind != .indeterminate else { return }
            avoided = server
            disconnect()
        }
    }

    private func armDeadline() {
        guard deadline == nil, let due = buffer.nextDeadline else { return }
        deadline = loop.scheduleTask(in: .nanoseconds(max(0, due - FleetClock.now))) {
            self.deadline = nil
            guard self.server != nil, let due = self.buffer.nextDeadline else { return }
            if due <= FleetClock.now { self.overdue() } else { self.armDeadline() }
        }
    }

    /// No answer within the client's patience: nobody knows about what is in flight, and the connection is given up.
    private func overdue() {
        for counter in sent.sorted() { tell(.indeterminate(counter)) }
        avoided = server
        lastError = "no answer within the broker's ack-timeout"
        disconnect()
    }

    /// Writes a fact about a message, and counts it.
    func tell(_ fact: TelemetryLine.Fact) {
        switch fact {
        case .published: totals.published += 1
        case .acknowledged(let counter):
            totals.acknowledged += 1
            streams[counter] = nil
        case .indeterminate(let counter):
            totals.indeterminate += 1
            if !isBuffered { streams[counter] = nil }
        case .dropped(let counter):
            totals.dropped += 1
            streams[counter] = nil
        default: break
        }
        telemetry.write(fact)
    }
}
