import FoundationEssentials
import Glibc

/// What is owed on this host: one file per fault, one line per step, each fsynced before the mutation that it undoes.
///
/// `STATE/runs/RUN@PID/FAULT.undo` (volatile, in /run) and the same below the durable directory (what survives a reboot):
/// one directory per executor, so that the executors of one run on one host do not mix. The first line names the run,
/// fault and executor; a last line without its end was never acted upon and is dropped.
public final class UndoLog {
    public struct Header: Hashable, Codable, Sendable {
        public var format = 1
        public var run: String
        public var fault: String
        public var kind: String
        public var executor: ProcessIdentity
        public var namespace: NetNamespace

        package init(
            format: Int = 1, run: String, fault: String, kind: String, executor: ProcessIdentity,
            namespace: NetNamespace
        ) {
            self.format = format
            self.run = run
            self.fault = fault
            self.kind = kind
            self.executor = executor
            self.namespace = namespace
        }
    }

    /// A record as found on disk.
    public struct Record: Sendable {
        public var path: String
        public var header: Header
        /// In the order in which they were recorded: to be paid in reverse.
        public var steps: [UndoStep]
    }

    public let directories: StateDirectories
    public let run: String
    /// `RUN@PID` of this executor.
    package let session: String

    public init(directories: StateDirectories, run: String) throws(HostError) {
        self.directories = directories
        self.run = run
        session = "\(run)@\(getpid())"
        for root in [directories.volatile, directories.durable] {
            try StateDirectories.create("\(root)/runs/\(session)")
        }
    }

    /// Writes `step` down and returns when it is on disk.
    package func record(_ step: UndoStep, fault: String, kind: String) throws(HostError) {
        try record([step], fault: fault, kind: kind)
    }

    /// Writes all of them down and returns when they are on disk, which is waited for once.
    package func record(_ steps: [UndoStep], fault: String, kind: String) throws(HostError) {
        try record(steps.filter { !$0.isDurable }, in: directories.volatile, fault, kind)
        try record(steps.filter(\.isDurable), in: directories.durable, fault, kind)
    }

    private func record(_ steps: [UndoStep], in root: String, _ fault: String, _ kind: String) throws(HostError) {
        guard !steps.isEmpty else { return }
        let path = Self.path(root, session, fault)
        let isNew = !SmallFile.exists(path)
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        try SystemCall.call(descriptor, "writing the undo record \(path)")
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        var bytes: [UInt8] = []
        if isNew {
            let header = Header(
                run: run, fault: fault, kind: kind, executor: .current, namespace: .current)
            bytes += Self.line(header)
        }
        for step in steps { bytes += Self.line(step) }
        do {
            try SmallFile.writeAll(bytes, to: descriptor, named: path)
            try SystemCall.call(fdatasync(descriptor), "syncing the undo record \(path)")
            if isNew { try StateDirectories.sync("\(root)/runs/\(session)") }
        } catch {
            // Nothing was done yet, so nothing may be owed, and a torn line must not spoil the next one.
            if isNew { unlink(path) } else { ftruncate(descriptor, end) }
            throw error
        }
    }

    /// All is paid: the fault's records go.
    package func settle(fault: String) {
        for root in [directories.volatile, directories.durable] {
            if unlink(Self.path(root, session, fault)) == 0 { try? StateDirectories.sync("\(root)/runs/\(session)") }
        }
    }

    /// The run is over: its empty directories go.
    func finish() {
        Self.remove(session: session, in: directories)
    }

    /// Removes what a session whose debts are all paid left: its directories.
    static func remove(session: String, in directories: StateDirectories) {
        for root in [directories.volatile, directories.durable] {
            // Only when nothing is owed: a hung guardian must still be found.
            if SmallFile.names(in: "\(root)/runs/\(session)") == ["guardian"] {
                unlink("\(root)/runs/\(session)/guardian")
            }
            rmdir("\(root)/runs/\(session)")
        }
    }

    /// Writes down who guards a session, for whoever must end a hung guardian.
    static func note(
        guardian: ProcessIdentity, of session: String, in directories: StateDirectories
    ) throws(HostError) {
        let path = "\(directories.volatile)/runs/\(session)/guardian"
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try SystemCall.call(descriptor, "writing \(path)")
        defer { close(descriptor) }
        try SmallFile.writeAll(line(guardian), to: descriptor, named: path)
    }

    /// The guardian of a session; nil if it never had one.
    static func guardian(of session: String, in directories: StateDirectories) -> ProcessIdentity? {
        guard let text = try? SmallFile.read("\(directories.volatile)/runs/\(session)/guardian") else { return nil }
        return try? JSONDecoder().decode(ProcessIdentity.self, from: Data(text.utf8))
    }

    /// Sessions with a directory, whether they owe something or not.
    static func sessions(in directories: StateDirectories) -> [String] {
        Set([directories.volatile, directories.durable].flatMap { SmallFile.names(in: "\($0)/runs") }).sorted()
    }

    /// What the session, or with nil every session, owes; unreadable files as errors with their path. To be paid from the
    /// last to the first: a command that takes something back comes after the end of what runs.
    public static func records(
        in directories: StateDirectories, session: String?
    ) -> (records: [Record], unreadable: [String]) {
        var records: [Record] = []
        var unreadable: [String] = []
        for root in [directories.durable, directories.volatile] {
            for name in SmallFile.names(in: "\(root)/runs") where session == nil || session == name {
                for file in SmallFile.names(in: "\(root)/runs/\(name)") where file.hasSuffix(".undo") {
                    let path = "\(root)/runs/\(name)/\(file)"
                    do {
                        if let record = try read(path) { records.append(record) }
                    } catch {
                        unreadable.append("\(path): \(error.text)")
                    }
                }
            }
        }
        return (records, unreadable)
    }

    /// Nil for a record of which not even the header was finished: nothing was done under it.
    package static func read(_ path: String) throws(HostError) -> Record? {
        let text = try SmallFile.read(path)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // Either empty, or torn by a death in the middle of its write, before the mutation.
        lines.removeLast()
        guard let first = lines.first else { return nil }
        do {
            let decoder = JSONDecoder()
            let header = try decoder.decode(Header.self, from: Data(first.utf8))
            let steps = try lines.dropFirst().map { try decoder.decode(UndoStep.self, from: Data($0.utf8)) }
            return Record(path: path, header: header, steps: steps)
        } catch {
            throw HostError(
                .malformed, "the undo record cannot be read: \(error)",
                hint: "take back by hand what it names, then remove it")
        }
    }

    private static func path(_ root: String, _ session: String, _ fault: String) -> String {
        "\(root)/runs/\(session)/\(fault).undo"
    }

    private static func line(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("an undo step that cannot be encoded") }
        return Array(data) + [10]
    }
}
