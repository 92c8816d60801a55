import ChaosPlan
import ChaosReport
import Foundation

/// One run's directory. Written in stages, each whole: the plan before the run, the journal during it, what is made of the
/// journal afterwards; so a crash in a later stage loses nothing of an earlier one.
struct RunStore {
    static let record = "run.json"
    static let scenario = "scenario.yaml"
    static let plan = "plan.txt"
    static let schedule = "schedule.json"

    /// As the operator would write it.
    let path: String

    func path(of file: String) -> String { "\(path)/\(file)" }

    /// The command that repeats what lies here.
    var replay: String { ShellWord.join(["gauntlet", "replay", path]) }

    // MARK: New

    /// A new directory for a run that starts now.
    static func create(under root: String, scenario: String, seed: UInt64, now: Date) throws(Failure) -> RunStore {
        let root = trimmed(root)
        var start = now
        while true {
            guard let directory = RunDirectory(root: root, scenario: scenario, timestamp: timestamp(start), seed: seed)
            else {
                throw Failure(.internalError, "no run directory can be named for \(scenario)")
            }
            try TextFile.makeDirectory("\(root)/\(directory.scenario)")
            if mkdir(directory.path, 0o755) == 0 { return RunStore(path: directory.path) }
            guard errno == EEXIST else { throw TextFile.unwritable(directory.path, errno) }
            // Another run of this seed began within the same second: the next free second is as good a name.
            start += 1
        }
    }

    /// Stores everything that was read, and says where each file lies.
    func store(_ files: [Reading.File]) throws(Failure) -> [RunRecord.StoredFile] {
        var taken = [
            Self.record, Self.plan, Self.schedule, RunDirectory.journal, RunDirectory.scorecard, RunDirectory.page,
            RunDirectory.junit,
            RunDirectory.summary, RunDirectory.metrics, AdviceFile.name,
        ]
        var stored: [RunRecord.StoredFile] = []
        for (index, file) in files.enumerated() {
            var name = index == 0 ? Self.scenario : Self.inside(file.path)
            while taken.contains(name) { name = "read-" + name.split(separator: "/").joined(separator: "-") }
            taken.append(name)
            if let slash = name.lastIndex(of: "/") { try TextFile.makeDirectory(path(of: String(name[..<slash]))) }
            try TextFile.write(file.text, to: path(of: name))
            stored.append(.init(path: file.path, stored: name))
        }
        return stored
    }

    func write(_ record: RunRecord) throws(Failure) {
        try TextFile.write(JSONText.encode(record) + "\n", to: path(of: Self.record))
    }

    func write(_ text: String, as file: String) throws(Failure) { try TextFile.write(text, to: path(of: file)) }

    func write(_ bytes: [UInt8], as file: String) throws(Failure) { try TextFile.write(bytes, to: path(of: file)) }

    /// An open, writable descriptor for the journal; the caller closes it. While it is open others see that the run goes on,
    /// and when its process is gone, however it went, that it does not.
    func openJournal() throws(Failure) -> Int32 {
        let descriptor = try openNew(RunDirectory.journal)
        // A file system without locks makes no run impossible; there only the record tells.
        _ = flock(descriptor, LOCK_EX)
        return descriptor
    }

    /// Whether a process writes this run's journal now.
    var isGoingOn: Bool {
        let descriptor = open(path(of: RunDirectory.journal), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        // Closing gives the lock back.
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// The same for clients' single operations.
    func openOperations() throws(Failure) -> Int32 { try openNew(RunDirectory.operations) }

    private func openNew(_ file: String) throws(Failure) -> Int32 {
        let file = path(of: file)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TextFile.unwritable(file, errno) }
        return descriptor
    }

    // MARK: Old

    /// A directory that a run has written, given itself or by any file in it.
    static func at(_ path: String) throws(Failure) -> RunStore {
        let given = path
        var path = trimmed(path)
        if TextFile.exists(path) {
            path = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
            guard TextFile.exists("\(path)/\(record)") else {
                throw Failure(
                    .unavailable, "\(given) is not a run directory, nor in one: there is no \(record) beside it")
            }
        }
        guard TextFile.isDirectory(path) else { throw missing(given) }
        guard TextFile.exists("\(path)/\(record)") else {
            throw Failure(.unavailable, "\(path) is not a run directory: it has no \(record)")
        }
        return RunStore(path: path)
    }

    /// Neither a file nor a directory: often the name of a scenario, where one of its runs is wanted.
    static func missing(_ path: String) -> Failure {
        guard ScenarioLocator.isScenario(path) else { return Failure(.unavailable, "no run directory \(path)") }
        return Failure(.unavailable, "\(path) is a scenario; give the directory of a run of it, reports/\(path)/RUN")
    }

    func readRecord() throws(Failure) -> RunRecord {
        let file = path(of: Self.record)
        let record = try JSONText.decode(RunRecord.self, from: TextFile.read(file), file: file)
        guard record.gauntletRun == RunRecord.format else {
            throw Failure(.invalidPlan, "\(file): format \(record.gauntletRun); this version reads \(RunRecord.format)")
        }
        return record
    }

    private static func trimmed(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// The path itself where it stays within the directory (the scenario then finds it by its own words), else its last part.
    private static func inside(_ path: String) -> String {
        let parts = path.split(separator: "/")
        let stays = !path.hasPrefix("/") && !parts.contains("..") && !parts.contains(".")
        return stays ? path : String(parts.last ?? "file")
    }

    private static func timestamp(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "\(parts.tm_year + 1900)\(two(parts.tm_mon + 1))\(two(parts.tm_mday))-\(two(parts.tm_hour))\(two(parts.tm_min))\(two(parts.tm_sec))"
    }
}
