import ChaosPlan
import Foundation

/// What a notifier decides, and the files it keeps. Everything happens on the notifier's queue; what must go outwards is
/// returned as actions.
struct NotifierCore: Sendable {
    enum Action: Sendable {
        case send(HTTPRequest, receiver: String, limit: Int64)
        case wake(receiver: String, after: Int64)
        case call(@Sendable () -> Void)
    }

    /// What waits for one receiver, in order.
    struct Line: Sendable {
        var receiver: Receiver
        var entries: [Outbox.Entry] = []
        var delivered = 0
        /// Of the latest attempt.
        var failure: String?
        var isSending = false
        /// What the request under way must not give away.
        var secrets: [Secret] = []
        /// When it is woken next: one timer, not one for each look.
        var wakesAt: Int64?
    }

    private struct Told: Sendable {
        var record: Outbox.Record
        var isSpooled = false
    }

    /// Milliseconds between two looks for what other processes left.
    static let lookEvery: Int64 = 2_000
    /// Messages that may wait for one receiver; what comes on top is given up.
    static let longestLine = 1_000
    /// Events whose routing is remembered, in case their files outlived it.
    private static let rememberedEvents = 1_000

    let configuration: NotifyConfiguration
    let outbox: Outbox
    let clock: any NotifyClock
    let backOff: BackOff
    var lines: [Line]
    private let log: @Sendable (String) -> Void
    private var state = Outbox.State()
    /// On the outbox; held until the notifier is gone.
    private var lock: Int32?
    /// Told here, and not known to be routed.
    private var told: [Told] = []
    /// The outbox's directories are there.
    private var isUsable = false
    private var idle: [@Sendable () -> Void] = []
    private var latestTrouble: String?

    init(
        _ configuration: NotifyConfiguration, clock: any NotifyClock, seed: UInt64,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        self.clock = clock
        self.log = log
        outbox = Outbox(path: configuration.outbox)
        backOff = BackOff(seed: seed)
        lines = configuration.receivers.map { Line(receiver: $0) }
    }

    // MARK: - What happens

    mutating func open() -> [Action] { look() }

    mutating func take(_ record: Outbox.Record) -> [Action] {
        told.append(Told(record: record))
        return look()
    }

    /// Stores what was told, and routes it with what others left, if this process is the one to deliver.
    mutating func look() -> [Action] {
        prepare()
        for index in told.indices where !told[index].isSpooled && isUsable {
            let record = told[index].record
            told[index].isSpooled = attempt(Result { () throws(Outbox.Failure) in try outbox.spool(record) })
        }
        guard isUsable ? seize() : true else {
            // Whoever holds the outbox routes them; when the file is gone, it has.
            let outbox = outbox
            told.removeAll { $0.isSpooled && !outbox.hasEvent($0.record.id) }
            return settled()
        }
        var records = told.map(\.record)
        let known = Set(records.map(\.id))
        if isUsable { records += outbox.events().filter { !known.contains($0.id) } }
        told = []
        for record in records.sorted(by: { $0.id < $1.id }) { route(record) }
        return lines.indices.flatMap { advance($0) } + settled()
    }

    mutating func wake(_ receiver: String) -> [Action] {
        guard let index = lines.firstIndex(where: { $0.receiver.name == receiver }) else { return [] }
        lines[index].wakesAt = nil
        return advance(index) + settled()
    }

    mutating func whenIdle(_ work: @escaping @Sendable () -> Void) -> [Action] {
        idle.append(work)
        return settled()
    }

    mutating func release() {
        if let lock { close(lock) }
        lock = nil
    }

    // MARK: - Routing

    private mutating func route(_ record: Outbox.Record) {
        guard !state.routed.contains(record.id) else { return outbox.removeEvent(record.id) }
        let level = configuration.level(of: record.event)
        let messages = state.problems.decide(
            record.event, id: record.id, time: record.time, level: level,
            route: level.flatMap { configuration.routes[$0] } ?? [], window: configuration.window / .millisecond)
        // In this order: a death in between repeats a step, and forgets none.
        for message in messages {
            attempt(Result { () throws(Outbox.Failure) in try outbox.store(Outbox.Entry(message: message)) })
        }
        state.routed.append(record.id)
        state.routed.removeFirst(Swift.max(0, state.routed.count - Self.rememberedEvents))
        attempt(Result { () throws(Outbox.Failure) in try outbox.write(state) })
        outbox.removeEvent(record.id)
        for message in messages { append(message) }
    }

    private mutating func append(_ message: Message) {
        guard let index = lines.firstIndex(where: { $0.receiver.name == message.receiver }) else { return }
        // An earlier process stored it and died before it had written down that the event is routed.
        guard !lines[index].entries.contains(where: { $0.message.id == message.id }) else { return }
        lines[index].entries.append(Outbox.Entry(message: message))
        if lines[index].entries.count > Self.longestLine {
            bury(index, at: lines[index].entries.count - 1, "\(Self.longestLine) messages wait already")
        }
    }

    // MARK: - The outbox

    private mutating func prepare() {
        guard !isUsable else { return }
        isUsable = attempt(
            Result { () throws(Outbox.Failure) in try outbox.prepare(receivers: configuration.receiverNames) })
    }

    /// Whether this process delivers; reads what is there when it begins to.
    private mutating func seize() -> Bool {
        guard lock == nil else { return true }
        switch Result(catching: { () throws(Outbox.Failure) in try outbox.lock() }) {
        case .success(let descriptor): lock = descriptor
        case .failure(let failure): attempt(.failure(failure))
        }
        guard lock != nil else { return false }
        state = outbox.state()
        for index in lines.indices { lines[index].entries = outbox.queue(of: lines[index].receiver.name) }
        for name in outbox.queues() where configuration.receiver(name) == nil {
            let count = outbox.queue(of: name).count
            if count > 0 { log("notifications: \(count) messages wait for `\(name)`, which is no receiver any more") }
        }
        return true
    }

    /// Whether something with the disk succeeded; what did not is told once, and not with each look.
    @discardableResult
    mutating func attempt(_ result: Result<Void, Outbox.Failure>) -> Bool {
        switch result {
        case .success:
            latestTrouble = nil
            return true
        case .failure(let failure):
            if latestTrouble != failure.message { say("\(failure.message); what cannot be stored is kept in memory") }
            latestTrouble = failure.message
            return false
        }
    }

    func say(_ line: String) { log("notifications: \(line)") }

    /// Wakes whoever waits for the end of it all.
    func isSettled() -> Bool { told.isEmpty && lines.allSatisfy { $0.entries.isEmpty && !$0.isSending } }

    mutating func settled() -> [Action] {
        guard isSettled() else { return [] }
        defer { idle = [] }
        return idle.map { .call($0) }
    }
}
