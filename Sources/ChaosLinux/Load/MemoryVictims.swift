import ChaosPlan

/// The targets' processes, put first in line for the OOM killer.
struct MemoryVictims {
    private static let first: Int32 = 1_000
    let processes: [(identity: ProcessIdentity, was: Int32)]

    init(_ targets: [ProcessIdentity]) throws(HostError) {
        var found: [(identity: ProcessIdentity, was: Int32)] = []
        for identity in targets { found.append((identity, try OomScore.read(identity))) }
        guard !found.isEmpty else {
            throw HostError(
                .malformed, "`victim: target` needs targets", hint: "name them with `processes` or `cgroup`")
        }
        processes = found
    }

    func raise(undo: UndoRecorder) throws(HostError) {
        for (process, was) in processes {
            try undo.record(.oomScore(process, was: was))
            try OomScore.set(process, to: Self.first)
            undo.reach(.midInjection)
        }
    }

    func revert() throws(HostError) {
        for (process, was) in processes {
            if case .owed(let why) = OomScore.pay(process, was: was) { throw HostError(.failed, why) }
        }
    }

    var residue: [String] {
        processes.compactMap { process, was in
            guard process.isAlive, let now = try? OomScore.read(process), now != was else { return nil }
            return "oom_score_adj of \(process) is \(now), not \(was)"
        }
    }

    var living: Int { processes.count { $0.identity.isAlive } }
}

/// What a memory cgroup has and may have, in bytes.
package struct CgroupMemory: Hashable {
    /// Nil: none of its own.
    var limit: Int64?
    /// In use, without what the kernel gives back at once (page cache).
    package var working: Int64
    var usage: Int64

    package init(_ target: TargetCgroup) throws(HostError) {
        let isNew = target.version == 2
        let limit = Int64(try ControlFile.text("\(target.directory)/\(isNew ? "memory.max" : "memory.limit_in_bytes")"))
        // Version 1 writes "none" as the largest number of whole pages.
        self.limit = limit.flatMap { $0 < 1 << 60 ? $0 : nil }
        usage =
            Int64(try ControlFile.text("\(target.directory)/\(isNew ? "memory.current" : "memory.usage_in_bytes")"))
            ?? 0
        let cache = Self.cache(try SmallFile.read("\(target.directory)/memory.stat"), isNew: isNew)
        working = max(0, usage - cache)
    }

    package static func cache(_ stat: String, isNew: Bool) -> Int64 {
        func value(_ name: String) -> Int64 {
            stat.split(separator: "\n").first { $0.hasPrefix("\(name) ") }?.split(separator: " ").last
                .flatMap { Int64($0) } ?? 0
        }
        // Files in memory (tmpfs) count as cache and cannot be given back.
        return isNew ? value("file") - value("shmem") : value("total_cache") - value("total_shmem")
    }
}
