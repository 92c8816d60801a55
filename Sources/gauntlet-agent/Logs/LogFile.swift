import ChaosFleet
import ChaosPlan
import ChaosResilience
import FoundationEssentials
import Glibc

/// An agent's log on its host's disk: one line a request, rotated and compressed as its `LogRotation` decides.
///
/// `NAME.log` is being written; `NAME.log.N.gz` are its predecessors, the greatest N the youngest.
final class LogFile: @unchecked Sendable {
    private let path: String
    private let directory: String
    private let fileName: String
    private let bytesPerRequest: Int
    private let clock: LoopClock
    private(set) var rotation: LogRotation
    private var descriptor: Int32 = -1
    private var nextNumber = 1
    private var compressors: [pid_t] = []
    private var isReaping = false
    /// The last write found no room.
    private(set) var isBlocked = false
    /// Files rotated since somebody last asked.
    private var rotated: Int64 = 0

    init(path: String, policies: Policies, policy: LogRotationPolicy, clock: LoopClock) {
        self.path = path
        self.clock = clock
        let url = URL(filePath: path)
        directory = url.deletingLastPathComponent().path
        fileName = url.lastPathComponent
        bytesPerRequest = Int(clamping: policies.logs.bytesPerRequest)
        rotation = LogRotation(policy: policy)
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    /// Opens the file where an earlier start of the process left it.
    func open() {
        try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let numbers = rotatedNumbers()
        nextNumber = (numbers.last ?? 0) + 1
        reopen()
        var status = stat()
        let active = descriptor >= 0 && fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
        // The machine takes over what is there as if it had just been written.
        let whole = Int64(min(numbers.count, rotation.policy.keptFiles)) * rotation.policy.bytesPerFile
        rotation.append(whole + min(active, rotation.policy.bytesPerFile - 1), level: .info, now: clock.now)
        deleteSurplus()
    }

    /// One served request. What cannot be written is dropped and counted: logging never stops its process by itself.
    func append(_ text: String) {
        guard bytesPerRequest > 0 else { return }
        if rotation.level > .info {
            rotation.append(Int64(bytesPerRequest), level: .info, now: clock.now)
            return
        }
        var line = Array("\(clock.now) \(text) ".utf8.prefix(max(0, bytesPerRequest - 1)))
        line += [UInt8](repeating: UInt8(ascii: "."), count: max(0, bytesPerRequest - 1 - line.count))
        line.append(10)
        if descriptor < 0 { reopen() }
        let written = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        isBlocked = written < line.count
        guard !isBlocked else {
            rotation.writeFailed(bytes: Int64(line.count - max(0, written)))
            return
        }
        let events = rotation.append(Int64(line.count), level: .info, now: clock.now)
        if events.rotated > 0 { rotate() }
    }

    /// In an emergency the rotated files go, and logging goes down to errors.
    func relieve() {
        rotation.relieve()
        for number in rotatedNumbers() { delete(number) }
    }

    func restoreLevel() { rotation.restoreLevel() }

    func takeRotated() -> Int64 {
        defer { rotated = 0 }
        return rotated
    }

    // MARK: Files

    private func reopen() {
        descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    }

    private func rotate() {
        rotated += 1
        if descriptor >= 0 { Glibc.close(descriptor) }
        let full = "\(path).\(nextNumber)"
        nextNumber += 1
        rename(path, full)
        reopen()
        deleteSurplus()
        compress(full)
    }

    private func deleteSurplus() {
        for number in rotatedNumbers().dropLast(rotation.policy.keptFiles) { delete(number) }
    }

    private func delete(_ number: Int) {
        unlink("\(path).\(number)")
        unlink("\(path).\(number).gz")
    }

    /// Ascending.
    private func rotatedNumbers() -> [Int] {
        let prefix = fileName + "."
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let numbers = names.compactMap { name -> Int? in
            guard name.hasPrefix(prefix) else { return nil }
            let rest = name.dropFirst(prefix.count)
            return Int(rest.hasSuffix(".gz") ? rest.dropLast(3) : rest)
        }
        return Set(numbers).sorted()
    }

    /// By a process of its own, so that no request waits for it. Where there is no gzip the file stays as it is.
    private func compress(_ file: String) {
        var pid: pid_t = 0
        let arguments: [UnsafeMutablePointer<CChar>?] = [strdup("gzip"), strdup("-f"), strdup(file), nil]
        defer { for argument in arguments { free(argument) } }
        guard posix_spawnp(&pid, "gzip", nil, nil, arguments, environ) == 0 else { return }
        compressors.append(pid)
        reapLater()
    }

    private func reapLater() {
        guard !isReaping, !compressors.isEmpty else { return }
        isReaping = true
        clock.after(50 * .millisecond) { [weak self] in
            guard let self else { return }
            self.isReaping = false
            self.compressors.removeAll { waitpid($0, nil, WNOHANG) != 0 }
            // Compressed after it was deleted: it came back.
            self.deleteSurplus()
            self.reapLater()
        }
    }
}
