import ChaosPlan

/// A limit put on the memory of the targets' cgroup: the kernel kills in it, or lets it wait for memory.
///
/// To kill: `memory.max`, or `memory.limit_in_bytes` of version 1. To stall: `memory.high`, which throttles; of version 1
/// the limit with its OOM killer turned off, so that who needs more waits until the limit is back.
package final class MemoryLimit: HostMechanism {
    let name = "limit"
    private let target: TargetCgroup
    private let effect: String
    private let limit: Int64
    private let victims: MemoryVictims?
    /// In the order in which they are set: the file, what is written, and what it says afterwards where that differs.
    private let changes: [(file: ControlFile, text: String, was: String)]
    private var done = 0
    private var killsBefore: Int64 = 0

    init(_ request: FaultRequest, limit: Int64) throws(HostError) {
        let isStall = request.parameters.text("effect") == "stall"
        let found = try TargetCgroup.find(request, controller: "memory") { version in
            version == 1 ? "memory.limit_in_bytes" : isStall ? "memory.high" : "memory.max"
        }
        guard let found else {
            throw HostError(.malformed, "`limit` needs targets", hint: "name them with `processes` or `cgroup`")
        }
        let now = try CgroupMemory(found)
        if let has = now.limit, has <= limit {
            throw HostError(
                .malformed, "\(found.directory) is limited to \(ByteText.of(has)) already", hint: "limit it to less")
        }
        if found.version == 1, now.working > limit {
            throw HostError(
                .busy,
                "\(found.directory) holds \(ByteText.of(now.working)), and version 1 of cgroups cannot limit it to less",
                hint: "a limit of at least \(ByteText.of(now.working + 1 << 20)), or take the rest with `fill-to`")
        }
        target = found
        effect = request.parameters.text("effect")
        self.limit = limit
        victims =
            request.parameters.text("victim") == "target"
            ? try MemoryVictims(found.processes.compactMap { .of($0) }) : nil
        var changes: [(file: ControlFile, text: String, was: String)] = []
        if found.version == 1 {
            if isStall {
                let file = try ControlFile("\(found.directory)/memory.oom_control")
                changes.append((file, "1", Self.oomKillDisabled(file.was) ? "1" : "0"))
            }
            let file = try ControlFile("\(found.directory)/memory.limit_in_bytes")
            changes.append((file, "\(limit)", file.was))
        } else {
            let file = try ControlFile("\(found.directory)/\(isStall ? "memory.high" : "memory.max")")
            changes.append((file, "\(limit)", file.was))
        }
        self.changes = changes
        killsBefore = Self.kills(found)
    }

    /// Of `memory.oom_control`: its lines are not what may be written to it.
    package static func oomKillDisabled(_ text: String) -> Bool {
        text.split(separator: "\n").contains { $0 == "oom_kill_disable 1" }
    }

    private static func kills(_ target: TargetCgroup) -> Int64 {
        let file = "\(target.directory)/\(target.version == 2 ? "memory.events" : "memory.oom_control")"
        return ((try? SmallFile.read(file)) ?? "").split(separator: "\n").first { $0.hasPrefix("oom_kill ") }?
            .split(separator: " ").last.flatMap { Int64($0) } ?? 0
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        try victims?.raise(undo: undo)
        for change in changes {
            try undo.record(.controlFile(path: change.file.path, inode: change.file.inode, was: change.was))
            done += 1
            try change.file.set(change.text)
            undo.reach(.midInjection)
        }
    }

    func readBack() throws(HostError) -> Evidence {
        let processes = target.processes
        for change in changes where !Self.says(try change.file.now, change.text) {
            return Evidence("\(change.file.path) does not say `\(change.text)`", isEffective: false)
        }
        let memory = try CgroupMemory(target)
        let kills = Self.kills(target) - killsBefore
        var text = "\(target.directory): \(ByteText.of(memory.usage)) of \(ByteText.of(limit))"
        if effect == "kill" { text += ", \(kills) killed" }
        if let pressure = Pressure.some("memory") { text += ", pressure \(pressure)" }
        return Evidence(
            text, targets: processes.map { "process \($0)" },
            // The limit is the fault; whether the targets need more than it is their affair, and said in the text.
            isEffective: !processes.isEmpty || kills > 0)
    }

    /// The kernel rounds a limit to whole pages.
    private static func says(_ now: String, _ wanted: String) -> Bool {
        if let a = Int64(now), let b = Int64(wanted) { return abs(a - b) < 65_536 }
        return now == wanted || oomKillDisabled(now) == (wanted == "1")
    }

    func revert() throws(HostError) {
        while done > 0 {
            let change = changes[done - 1]
            if let now = try? change.file.now, !Self.says(now, change.was) { try change.file.set(change.was) }
            done -= 1
        }
        try victims?.revert()
    }

    func residue() throws(HostError) -> [String] {
        changes.compactMap { change in
            guard let now = try? change.file.now, !Self.says(now, change.was) else { return nil }
            return "\(change.file.path) is not back at `\(change.was)`"
        } + (victims?.residue ?? [])
    }
}
