import Foundation

/// The directory of what is still to be told. One small file for each thing, made whole by a rename:
///
///     lock                     held by the process that routes and delivers
///     events/ID.json           told by some process, not yet routed
///     queue/RECEIVER/ID.json   routed, not yet delivered
///     dead/ID.json             given up, for people to look at
///     state.json               which problems are open
///
/// Files and not a log, because several processes speak through one outbox (a service, and runs by hand): a new file needs
/// no agreement among its writers, a delivered message is an unlink, and nothing has to be compacted.
package struct Outbox: Sendable {
    package struct Failure: Error {
        var message: String
    }

    /// An event as it was told.
    package struct Record: Codable, Hashable, Sendable {
        package var id: String
        /// Milliseconds since 1970.
        var time: Int64
        package var event: NotificationEvent

        package init(id: String, time: Int64, event: NotificationEvent) {
            self.id = id
            self.time = time
            self.event = event
        }
    }

    /// A message with how it fared.
    package struct Entry: Codable, Hashable, Sendable {
        package var message: Message
        package var attempts = 0
        /// Milliseconds since 1970.
        package var notBefore: Int64 = 0
        /// Of the latest attempt.
        package var failure: String?
        /// When it was given up.
        package var givenUp: Int64?
    }

    package struct State: Codable, Hashable, Sendable {
        package var problems = ProblemTable()
        /// Ids of the latest events that are routed: one that is still in `events/` must not be routed again.
        var routed: [String] = []
    }

    /// Dead letters that are kept, the latest.
    static let deadLetters = 1000

    package let path: String

    package init(path: String) { self.path = path }

    // MARK: - The directory

    func prepare(receivers: [String]) throws(Failure) {
        for directory in ["", "/events", "/queue", "/dead"] + receivers.map({ "/queue/\($0)" }) {
            try Self.makeDirectory(path + directory)
        }
    }

    /// A descriptor that holds the lock until it is closed, or until the process is gone; nil while another process has it.
    package func lock() throws(Failure) -> Int32? {
        let descriptor = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("cannot open", "\(path)/lock") }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    // MARK: - Events

    func spool(_ record: Record) throws(Failure) { try write(record, to: "events/\(record.id).json") }

    /// In order of their time. What cannot be read is left where it is and named once by the caller's log.
    package func events() -> [Record] { names(in: "events").compactMap { read(Record.self, from: "events/\($0)") } }

    func removeEvent(_ id: String) { remove("events/\(id).json") }

    func hasEvent(_ id: String) -> Bool { access("\(path)/events/\(id).json", F_OK) == 0 }

    // MARK: - Messages

    func store(_ entry: Entry) throws(Failure) {
        try write(entry, to: "queue/\(entry.message.receiver)/\(entry.message.id).json")
    }

    func remove(_ message: Message) { remove("queue/\(message.receiver)/\(message.id).json") }

    /// In order of their time.
    package func queue(of receiver: String) -> [Entry] {
        names(in: "queue/\(receiver)").compactMap { read(Entry.self, from: "queue/\(receiver)/\($0)") }
    }

    /// With names that no receiver has any more.
    func queues() -> [String] { names(in: "queue", suffix: "") }

    func bury(_ entry: Entry) throws(Failure) {
        try write(entry, to: "dead/\(entry.message.id)-\(entry.message.receiver).json")
        remove(entry.message)
        let names = names(in: "dead")
        for name in names.prefix(Swift.max(0, names.count - Self.deadLetters)) { remove("dead/\(name)") }
    }

    package func dead() -> [Entry] { names(in: "dead").compactMap { read(Entry.self, from: "dead/\($0)") } }

    // MARK: - State

    package func state() -> State { read(State.self, from: "state.json") ?? State() }

    func write(_ state: State) throws(Failure) { try write(state, to: "state.json") }

    // MARK: - Files

    private func names(in directory: String, suffix: String = ".json") -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(directory)")) ?? []
        return names.filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }.sorted()
    }

    private func read<Content: Decodable>(_ type: Content.Type, from file: String) -> Content? {
        FileManager.default.contents(atPath: "\(path)/\(file)").flatMap { try? JSONDecoder().decode(type, from: $0) }
    }

    private func remove(_ file: String) { unlink("\(path)/\(file)") }

    private func write(_ content: some Encodable, to file: String) throws(Failure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(content) else {
            preconditionFailure("a record of ours could not be encoded")
        }
        let whole = "\(path)/\(file)"
        let slash = whole.lastIndex(of: "/") ?? whole.startIndex
        // Hidden, so that no listing takes half a file for a whole one; of this process, so that no two write one draft.
        let draft = "\(whole[..<slash])/.\(whole[whole.index(after: slash)...]).\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("cannot write", whole) }
        var isWhole = Self.write(Array(data), to: descriptor) && fsync(descriptor) == 0
        isWhole = close(descriptor) == 0 && isWhole
        guard isWhole, rename(draft, whole) == 0 else {
            let failure = Self.failure("cannot write", whole)
            unlink(draft)
            throw failure
        }
        Self.sync(String(whole[..<slash]))
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let written = bytes[offset...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return false }
            offset += written
        }
        return true
    }

    /// A rename outlives a power cut only when its directory is written too.
    private static func sync(_ directory: String) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func makeDirectory(_ path: String) throws(Failure) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try makeDirectory(String(path[..<slash]))
            if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        }
        throw failure("cannot make", path)
    }

    private static func failure(_ what: String, _ path: String) -> Failure {
        Failure(message: "\(what) \(path): \(String(cString: strerror(errno)))")
    }
}
