import CLinuxShims
import Glibc

/// A process that cannot be mistaken for a later one with the same number.
public struct ProcessIdentity: Hashable, Codable, Sendable, CustomStringConvertible {
    public var pid: Int32
    /// Field 22 of /proc/PID/stat: clock ticks from boot to its start.
    public var start: UInt64
    /// /proc/sys/kernel/random/boot_id.
    public var boot: String

    package init(pid: Int32, start: UInt64, boot: String) {
        self.pid = pid
        self.start = start
        self.boot = boot
    }

    /// The process that has this number now; nil if none has.
    public static func of(_ pid: Int32) -> ProcessIdentity? {
        ProcessStatus.of(pid).map { ProcessIdentity(pid: pid, start: $0.start, boot: Boot.id) }
    }

    public static var current: ProcessIdentity {
        guard let identity = of(getpid()) else { preconditionFailure("/proc does not show this process") }
        return identity
    }

    /// Its status, nil when it has gone (a zombie counts as gone: it does nothing any more). Where only its first thread has
    /// ended, its state is that of one that lives.
    public var status: ProcessStatus? {
        guard boot == Boot.id, var status = ProcessStatus.of(pid), status.start == start else { return nil }
        guard "ZX".contains(status.state) else { return status }
        guard let state = ProcessTable.states(of: pid).first(where: { !"ZX".contains($0) }) else { return nil }
        status.state = state
        return status
    }

    public var isAlive: Bool { status != nil }

    /// Nanoseconds since its start, to a tick.
    var age: Int64 {
        BootTime.now - Int64(clamping: start) * (1_000_000_000 / Int64(max(sysconf(Int32(_SC_CLK_TCK)), 1)))
    }

    /// A descriptor for exactly this process, nil when it has gone. The caller closes it.
    func open() -> Int32? {
        let descriptor = host_pidfd_open(pid)
        guard descriptor >= 0 else { return nil }
        // Only now can the number not be given to another: look again.
        guard isAlive else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// False when it has gone already.
    @discardableResult
    func signal(_ signal: Int32) throws(HostError) -> Bool {
        guard let descriptor = open() else { return false }
        defer { close(descriptor) }
        let result = host_pidfd_send_signal(descriptor, signal)
        if result == -ESRCH { return false }
        try SystemCall.check(result, "signal \(signal) to \(self)")
        return true
    }

    public var description: String { "process \(pid)" }
}

/// What /proc/PID/stat says.
public struct ProcessStatus: Hashable, Sendable {
    /// Without its parentheses.
    public var command: String
    /// `R S D T t Z X`.
    public var state: Character
    public var parent: Int32
    public var session: Int32
    public var start: UInt64
    /// A thread of the kernel: it cannot be stopped or killed. Known by its flag, for in a pid namespace any number may be a
    /// process'.
    public var isKernelThread: Bool

    public static func of(_ pid: Int32) -> ProcessStatus? {
        (try? SmallFile.read("/proc/\(pid)/stat")).flatMap { ProcessStatus($0) }
    }

    static func of(thread: Int32, of pid: Int32) -> ProcessStatus? {
        (try? SmallFile.read("/proc/\(pid)/task/\(thread)/stat")).flatMap { ProcessStatus($0) }
    }

    /// Of the text of a `stat` file.
    package init?(_ text: String) {
        guard let open = text.firstIndex(of: "("),
            // A command may contain parentheses and spaces; the last one closes it.
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let parent = Int32(fields[1]),
            let session = Int32(fields[3]), let flags = UInt32(fields[6]), let start = UInt64(fields[19])
        else { return nil }
        command = String(text[text.index(after: open)..<end])
        self.state = state
        self.parent = parent
        self.session = session
        self.start = start
        isKernelThread = flags & 0x0020_0000 != 0  // PF_KTHREAD
    }
}

package enum Boot {
    /// Changes with every boot.
    package static let id: String =
        (try? SmallFile.read("/proc/sys/kernel/random/boot_id")).map { String($0.filter { !$0.isWhitespace }) }
        ?? "unknown"
}
