import Glibc

/// What no fault may hit: this executor, its guardian and workers, their ancestors (the runner among them), pid 1, sshd.
package struct Protection {
    /// Names of our programs and workers, whoever started them; not of the fleet's.
    private static let harness = Set(["gauntlet", "gauntlet-host"] + WorkerRole.all.map(WorkerRole.name))

    /// Besides the ancestors: the guardian, once it runs.
    var others: [ProcessIdentity] = []

    package init(others: [ProcessIdentity] = []) { self.others = others }

    /// Nil if it may be hit, else why not. Whoever asks about many reads the ancestors once.
    func reason(against pid: Int32, ancestors: [Int32] = Self.ancestors) -> String? {
        if pid == 1 { return "it is pid 1" }
        if pid == getpid() { return "it is this executor" }
        if others.contains(where: { $0.pid == pid && $0.isAlive }) { return "it guards this executor" }
        if ancestors.contains(pid) { return "it is an ancestor of this executor" }
        guard let status = ProcessStatus.of(pid) else { return nil }
        if status.command == "sshd" || status.command.hasPrefix("sshd-") { return "it is sshd" }
        // The runner is no ancestor where something else started the executor for it.
        if Self.harness.contains(status.command) { return "it belongs to the harness" }
        return nil
    }

    /// Every process of whom this one is a descendant, nearest first. Read anew: a parent may have died.
    static var ancestors: [Int32] {
        var chain: [Int32] = []
        var pid = getppid()
        while pid > 0, chain.count < 1_000 {
            chain.append(pid)
            guard pid != 1, let status = ProcessStatus.of(pid) else { break }
            pid = status.parent
        }
        return chain
    }

    /// Throws if `pid` may not be hit.
    func check(_ pid: Int32) throws(HostError) {
        if let reason = reason(against: pid) {
            throw HostError(.protected, "process \(pid) is protected: \(reason)", hint: "choose another target")
        }
    }

    /// Throws if somebody in this cgroup or below may not be hit.
    func check(cgroup path: String) throws(HostError) {
        let ancestors = Self.ancestors
        for pid in Cgroup.members(of: path) {
            if let reason = reason(against: pid, ancestors: ancestors) {
                throw HostError(
                    .protected, "the cgroup \(path) holds process \(pid), which is protected: \(reason)",
                    hint: "choose a cgroup without it, or select processes")
            }
        }
    }

    /// Whether it is a process of ours, of whichever run, whose arguments may repeat what an operator searches for.
    static func isHarness(_ pid: Int32) -> Bool {
        pid == getpid() || ProcessStatus.of(pid).map { harness.contains($0.command) } ?? false
    }

    /// All that a cgroup may not hold if it is to be frozen or limited.
    var all: [Int32] { [1, getpid()] + others.map(\.pid) + Self.ancestors }
}
