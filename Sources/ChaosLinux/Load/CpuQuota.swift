/// Processor time that the targets' cgroup may use, held down by the kernel's bandwidth control.
package final class CpuQuota: HostMechanism {
    package enum Share: Hashable {
        /// Of what it has now, taken away: parts per million.
        case taken(Int64)
        /// Of one processor, left: parts per million.
        case left(Int64)
    }

    /// What bandwidth control says of a cgroup, in microseconds.
    package struct Bandwidth: Hashable {
        /// Nil: without limit.
        package var quota: Int64?
        var period: Int64

        /// Of `cpu.max`: `max 100000`, `20000 100000`.
        package init?(version2 text: String) {
            let words = text.split(separator: " ")
            guard words.count == 2, let period = Int64(words[1]), period > 0,
                words[0] == "max" || Int64(words[0]) != nil
            else { return nil }
            self.init(quota: Int64(words[0]), period: period)
        }

        package init(quota: Int64?, period: Int64) {
            self.quota = quota
            self.period = period
        }

        /// Parts per million of one processor.
        package func partsPerMillion(processors: Int) -> Int64 {
            guard let quota else { return Int64(processors) * 1_000_000 }
            return min(quota * 1_000_000 / period, Int64(processors) * 1_000_000)
        }

        /// The quota that `share` comes to; the kernel's least is 1 ms.
        package func reduced(to share: Share, processors: Int) -> Bandwidth {
            let had = partsPerMillion(processors: processors)
            let wanted =
                switch share {
                case .taken(let taken): had - Int64(Double(had) * Double(taken) / 1e6)
                case .left(let left): left
                }
            return Bandwidth(quota: max(1_000, wanted * period / 1_000_000), period: period)
        }
    }

    let name = "quota"
    private let target: TargetCgroup
    private let file: ControlFile
    private let before: Bandwidth
    private let wanted: Bandwidth
    private var isInForce = false

    init(_ target: TargetCgroup, _ share: Share) throws(HostError) {
        self.target = target
        let bandwidth: Bandwidth?
        if target.version == 2 {
            file = try ControlFile("\(target.directory)/cpu.max")
            bandwidth = Bandwidth(version2: file.was)
        } else {
            file = try ControlFile("\(target.directory)/cpu.cfs_quota_us")
            let period = Int64(try ControlFile.text("\(target.directory)/cpu.cfs_period_us"))
            bandwidth = Int64(file.was).flatMap { quota in
                period.map { Bandwidth(quota: quota < 0 ? nil : quota, period: $0) }
            }
        }
        guard let bandwidth else { throw HostError(.failed, "\(file.path) says `\(file.was)`, which is no quota") }
        guard let processors = CpuLoad.processors()?.count else {
            throw HostError(.failed, "no processors can be counted")
        }
        before = bandwidth
        wanted = bandwidth.reduced(to: share, processors: processors)
        let had = bandwidth.partsPerMillion(processors: processors)
        guard (wanted.quota ?? 0) * 1_000_000 / wanted.period < had else {
            throw HostError(
                .malformed, "\(target.directory) has only \(Self.text(had)) as it is", hint: "leave it less")
        }
    }

    private static func text(_ partsPerMillion: Int64) -> String {
        "\(partsPerMillion / 10_000).\(partsPerMillion / 1_000 % 10) % of one processor"
    }

    private func text(of bandwidth: Bandwidth) -> String {
        target.version == 2
            ? "\(bandwidth.quota.map(String.init) ?? "max") \(bandwidth.period)" : "\(bandwidth.quota ?? -1)"
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        try undo.record(.controlFile(path: file.path, inode: file.inode, was: file.was))
        isInForce = true
        try file.set(text(of: wanted))
        undo.reach(.midInjection)
    }

    func readBack() throws(HostError) -> Evidence {
        let now = try file.now
        guard now == text(of: wanted) else {
            return Evidence("\(file.path) says `\(now)`, not `\(text(of: wanted))`", isEffective: false)
        }
        let processes = target.processes
        var text = "\(file.path): \(Self.text(wanted.partsPerMillion(processors: 1 << 20)))"
        if let throttled = Self.throttled(try SmallFile.read("\(target.directory)/cpu.stat")) {
            text += ", throttled \(throttled) times so far"
        }
        return Evidence(text, targets: processes.map { "process \($0)" }, isEffective: !processes.isEmpty)
    }

    package static func throttled(_ stat: String) -> Int64? {
        stat.split(separator: "\n").first { $0.hasPrefix("nr_throttled ") }?.split(separator: " ").last.flatMap {
            Int64($0)
        }
    }

    func revert() throws(HostError) {
        guard isInForce else { return }
        if case .owed(let why) = ControlFile.pay(path: file.path, inode: file.inode, was: file.was) {
            throw HostError(.failed, why)
        }
        isInForce = false
    }

    func residue() throws(HostError) -> [String] {
        guard let now = try? file.now, now != file.was else { return [] }
        return ["\(file.path) says `\(now)`, not `\(file.was)`"]
    }
}
