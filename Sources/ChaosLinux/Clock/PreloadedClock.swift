import CLinuxShims
import Glibc

/// The time of programs that run with libfaketime and one control file: the file is exchanged, whole, for another.
///
/// A drift is made of steps of the offset, ten a second: libfaketime's own rate counts from each program's start.
package final class PreloadedClock: HostMechanism {
    let name = "libfaketime"
    private let host: HostContext
    private let library: String
    /// As the targets' environment has it.
    private let path: String
    /// The file itself.
    private let control: String
    private let directory: String
    private let backup: String
    private let temporary: String
    private let status: stat
    private let before: String
    /// Nanoseconds that the file held and that are kept.
    private let base: Int64
    private let offset: Int64
    /// Parts per million.
    private let drift: Int64
    private var since: Int64 = 0
    private var isInForce = false
    private weak var loop: EventLoop?
    private var alarm: EventLoop.Token?
    private static let interval: Int64 = 100_000_000

    init(_ path: String, offset: Int64, drift: Int64, host: HostContext) throws(HostError) {
        self.host = host
        guard let library = FaketimeLibrary.path else {
            throw HostError(.missing, "libfaketime is not installed", hint: "install the package `libfaketime`")
        }
        self.library = library
        guard path.hasPrefix("/") else {
            throw HostError(.malformed, "`\(path)` is not an absolute path", hint: "begin with `/`")
        }
        var status = stat()
        try SystemCall.call(stat(path, &status), "looking at \(path)")
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size < 1_000 else {
            throw HostError(.malformed, "\(path) is no control file", hint: "one short line such as `+0`")
        }
        self.status = status
        before = try SmallFile.read(path)
        guard let base = FaketimeLibrary.offset(before) else {
            throw HostError(
                .malformed, "\(path) does not hold a plain offset in seconds", hint: "one line such as `+0`")
        }
        // The name in the targets' environment may be a link; what is exchanged is the file.
        guard let resolved = realpath(path, nil) else { throw SystemCall.failure(errno, "resolving \(path)") }
        defer { free(resolved) }
        control = String(cString: resolved)
        directory = String(control[..<(control.lastIndex(of: "/") ?? control.startIndex)])
        self.path = path
        backup = "\(directory)/\(OwnFile.prefix)\(OwnFile.unique)"
        temporary = "\(directory)/\(OwnFile.prefix)\(OwnFile.unique)"
        (self.base, self.offset, self.drift) = (base, offset, drift)
        guard !users.isEmpty else {
            throw HostError(
                .missing, "no process runs with libfaketime and the control file \(path)",
                hint: FaketimeLibrary.howToStart)
        }
    }

    private var users: [FaketimeLibrary.User] { FaketimeLibrary.users(of: path) }

    /// What the targets' clocks are off now (ns), besides what they were off before.
    private var shift: Int64 { offset + Self.drifted(by: drift, in: max(0, BootTime.now - since)) }

    package static func drifted(by partsPerMillion: Int64, in elapsed: Int64) -> Int64 {
        // In two parts, so that nothing overflows.
        elapsed / 1_000_000 * partsPerMillion + elapsed % 1_000_000 * partsPerMillion / 1_000_000
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        try undo.record(.clockFile(path: control, backup: backup, temporary: temporary))
        // The file itself is kept aside, with its owner, its mode and its attributes.
        try SystemCall.call(link(control, backup), "keeping \(control)")
        isInForce = true
        undo.reach(.midInjection)
        since = BootTime.now
        try exchange()
    }

    private func exchange() throws(HostError) {
        // The directory may be the targets' own: nothing that they put there may be written to.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        try SystemCall.call(descriptor, "writing beside \(control)")
        defer { close(descriptor) }
        try SmallFile.writeAll(Array(FaketimeLibrary.text(base + shift).utf8), to: descriptor, named: temporary)
        _ = fchown(descriptor, status.st_uid, status.st_gid)
        try SystemCall.call(fchmod(descriptor, status.st_mode & 0o7777), "writing beside \(control)")
        try SystemCall.call(rename(temporary, control), "exchanging \(control)")
    }

    func readBack() throws(HostError) -> Evidence {
        let users = users
        guard let held = FaketimeLibrary.offset(try SmallFile.read(control)), abs(held - base - shift) < 1_000_000_000
        else {
            return Evidence("\(control) does not hold what was written", isEffective: false)
        }
        var text = "\(control): \(Self.seconds(held))"
        if drift != 0 { text += ", drift \(drift) ppm in steps of 100 ms" }
        let seen = FaketimeLibrary.witness(library: library, control: path, patience: host.patience)
        text +=
            seen.map { ", a program started so sees \(Self.seconds($0))" }
            ?? ", a program started so has not answered yet"
        if let slowest = users.map(\.delay).max(), slowest > 0 {
            text += ", the targets look again after \(slowest / 1_000_000_000) s at most"
        }
        return Evidence(
            text, targets: users.map { "process \($0.process.pid)" },
            isEffective: !users.isEmpty && seen.map { abs($0 - held) < 500_000_000 } ?? true)
    }

    private static func seconds(_ nanoseconds: Int64) -> String {
        let milliseconds = (abs(nanoseconds) + 500_000) / 1_000_000
        let rest = String(milliseconds % 1_000 + 1_000).dropFirst()
        return "\(nanoseconds < 0 ? "-" : "+")\(milliseconds / 1_000).\(rest) s"
    }

    func revert() throws(HostError) {
        if let alarm { loop?.cancel(alarm) }
        alarm = nil
        guard isInForce else { return }
        if case .owed(let why) = Self.pay(path: control, backup: backup, temporary: temporary) {
            throw HostError(.failed, why)
        }
        isInForce = false
    }

    func residue() throws(HostError) -> [String] {
        var left: [String] = []
        if SmallFile.exists(backup) { left.append("\(backup) is still there") }
        if let now = try? SmallFile.read(control), now != before { left.append("\(control) holds `\(now)`") }
        return left
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        guard drift != 0 else { return }
        self.loop = loop
        step(loop, report)
    }

    private func step(_ loop: EventLoop, _ report: @escaping (HostEvent) -> Void) {
        alarm = loop.at(BootTime.now + Self.interval) { [weak self] in
            guard let self, isInForce else { return }
            do throws(HostError) {
                try exchange()
                step(loop, report)
            } catch {
                report(.ended("the drift stopped: \(error.text)"))
            }
        }
    }

    /// Puts the file back, whole. Without the backup it is back already, or was never exchanged.
    static func pay(path: String, backup: String, temporary: String) -> Payment {
        unlink(temporary)
        if rename(backup, path) == 0 {
            // Two names of one file: then renaming does nothing, and one of them is left.
            unlink(backup)
            return .paid
        }
        return errno == ENOENT || errno == ENOTDIR
            ? .nothingThere : .owed("\(path) cannot be put back from \(backup): \(SystemCall.reason(errno))")
    }
}
