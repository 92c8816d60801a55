import CLinuxShims
import ChaosLinux
import Foundation

/// Where trials take place: two hosts, a process of each sort that faults are about, files, a small file system and a
/// control group. Used again for the next trial as long as nothing is left in it.
final class Arena: @unchecked Sendable {
    let fabric: TestFabric
    let directory: TemporaryDirectory
    let run: String
    var isSpoilt = false
    /// To be paused, limited, shifted.
    let target: ProcessIdentity
    /// An argument by which the killed and restarted process is known.
    let mark: String
    /// A control group (v1 `cpu`) of the arena's own, nil where there is none.
    let cgroup: String?
    private var children: [Int32] = []
    private let slow: SlowDiskProcess

    var host: TestHost { fabric.hosts[0] }
    var peer: TestHost { fabric.hosts[1] }
    var disk: String { directory.path + "/disk" }
    /// Of the directory that a slow disk is served on.
    var control: String { directory.path + "/control" }
    var secret: String { directory.path + "/secret" }
    var replacement: String { directory.path + "/replacement" }
    var clock: String { directory.path + "/clock" }

    init() throws {
        fabric = try TestFabric()
        try fabric.hosts[0].settleIPTables()
        directory = try TemporaryDirectory()
        slow = try SlowDiskProcess(at: directory.path + "/slow", control: directory.path + "/control")
        let tag = String(UInt32.random(in: 0..<(1 << 30)), radix: 36)
        run = "kill-\(tag)"
        mark = "\(UInt32.random(in: 1_000_000..<2_000_000_000))"
        let cpu = "/sys/fs/cgroup/cpu/gauntlet-test-\(tag)"
        cgroup = mkdir(cpu, 0o755) == 0 ? cpu : nil
        try "+0\n".write(toFile: directory.path + "/clock", atomically: false, encoding: .utf8)
        var pidfd: Int32 = -1
        var argv: [UnsafeMutablePointer<CChar>?] = ["sleep", "100000"].map { (word: String) in strdup(word) } + [nil]
        // As its owner would start it for a fault of its clock.
        let variables = [
            "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "FAKETIME_NO_CACHE=1",
            "FAKETIME_TIMESTAMP_FILE=\(directory.path)/clock",
        ]
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { (word: String) in strdup(word) } + [nil]
        let pid = host_spawn("/bin/sleep", &argv, &envp, [-1, -1, -1], 3, 0, &pidfd)
        for pointer in argv + envp { free(pointer) }
        close(pidfd)
        guard pid > 0, let identity = ProcessIdentity.of(pid) else { throw TrialFailure("no target") }
        target = identity
        children = [pid]
        if let cgroup { try "\(pid)".write(toFile: "\(cgroup)/cgroup.procs", atomically: false, encoding: .utf8) }
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        try Shell.must("mount", "-t", "tmpfs", "-o", "size=32m", "gauntlet-test", disk)
        try "first secret\n".write(toFile: secret, atomically: false, encoding: .utf8)
        try "second secret\n".write(toFile: replacement, atomically: false, encoding: .utf8)
        try startMarked()
    }

    deinit {
        for pid in children {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            // libfaketime's, of a program that could not end by itself.
            for name in ["faketime_shm_", "sem.faketime_sem_"] { unlink("/dev/shm/\(name)\(pid)") }
        }
        for pid in marked() { kill(pid, SIGKILL) }
        _ = try? Shell.run(["umount", disk])
        if let cgroup { rmdir(cgroup) }
    }

    /// The process that `kill` hits: not a child of ours for long, so that nobody must wait for it.
    func startMarked() throws {
        try Shell.must("sh", "-c", "setsid sleep \(mark) </dev/null >/dev/null 2>&1 &")
        for _ in 0..<500 {
            guard marked().isEmpty else { break }
            usleep(2_000)
        }
    }

    func marked() -> [Int32] {
        processes().filter { $0.line == ["sleep", mark] }.map(\.pid)
    }

    /// What of the world a fault could leave different, each part as text. `besides` lives on: it and its guardian are
    /// then no residue, its workers are.
    func sense(besides: [ProcessIdentity] = [], withoutRecords: Bool = false) throws -> [String] {
        try glance(besides: besides, withoutRecords: withoutRecords) + [
            "host: " + host.fingerprint(), "peer: " + peer.fingerprint(),
        ]
    }

    /// The part of `sense` that starts no program: what is looked at again and again.
    func glance(besides: [ProcessIdentity] = [], withoutRecords: Bool = false) -> [String] {
        let status = target.status
        var file = statvfs()
        statvfs(disk, &file)
        let own = ownProcesses().filter { process in
            besides.isEmpty || !(besides.contains { $0.pid == process.pid } || process.isGuardian)
        }.map(\.line)
        let groups = ["freezer", "cpu", "memory", "pids", "unified", ""].flatMap { hierarchy in
            let root = "/sys/fs/cgroup/\(hierarchy)"
            return SmallFile.names(in: root).filter { $0.contains(run) }
        }
        let records = ["state", "durable"].flatMap { root in
            SmallFile.names(in: "\(directory.path)/\(root)/runs").flatMap { session in
                SmallFile.names(in: "\(directory.path)/\(root)/runs/\(session)").filter { $0.hasSuffix(".undo") }
            }
        }
        return [
            "ours: \(own)",
            "target: \(status.map { "TtDX".contains($0.state) ? "stopped" : "runs" } ?? "gone") \(groupsOfTarget())",
            "marked: \(marked().count)", "disk: \(file.f_bfree)", "groups: \(groups)",
            "slow: \(slow.state)", "quota: \(contents(cgroup.map { $0 + "/cpu.cfs_quota_us" }))",
            "files: \(contents(secret)) \(contents(clock)) \(names())",
            "score: \(contents("/proc/\(target.pid)/oom_score_adj"))",
            "records: \(withoutRecords ? [] : records)",
        ]
    }

    /// As `sense` found it when nothing had been done here yet.
    lazy var untouched: [String]? = try? sense()

    /// Waits until executor, guardian and workers are gone from the process table.
    func waitForKernel() throws {
        let limit = BootTime.now + 5_000_000_000
        while !ownProcesses().isEmpty, BootTime.now < limit { usleep(2_000) }
    }

    private func names() -> [String] {
        SmallFile.names(in: directory.path).filter { !["state", "durable"].contains($0) }
    }

    private func groupsOfTarget() -> String {
        (contents("/proc/\(target.pid)/cgroup")).split(separator: "\n").sorted().joined(separator: ",")
    }

    private func contents(_ path: String?) -> String {
        path.flatMap { try? SmallFile.read($0) } ?? "none"
    }

    /// `gauntlet-host` processes of this arena, by the namespace that they are in.
    private func ownProcesses() -> [(pid: Int32, isGuardian: Bool, line: String)] {
        var wanted = stat()
        stat("/run/netns/\(host.name)", &wanted)
        return processes().filter { process in
            guard process.line.first?.hasSuffix("gauntlet-host") == true else { return false }
            var status = stat()
            return stat("/proc/\(process.pid)/ns/net", &status) == 0 && status.st_ino == wanted.st_ino
        }.map { ($0.pid, $0.line.contains("guardian"), $0.line.joined(separator: " ")) }.sorted { $0.line < $1.line }
    }

    /// With plain reads: this is asked hundreds of times a trial.
    private func processes() -> [(pid: Int32, line: [String])] {
        SmallFile.names(in: "/proc").compactMap { Int32($0) }.compactMap { pid in
            guard let text = try? SmallFile.read("/proc/\(pid)/cmdline"), !text.isEmpty else { return nil }
            return (pid, text.split(separator: "\0").map(String.init))
        }
    }
}
