import ChaosPlan
import Glibc

/// Where control groups are mounted.
struct CgroupMount: Hashable {
    var point: String
    /// 1 or 2.
    var version: Int
    /// Of version 1.
    var controllers: [String]

    static func read() throws(HostError) -> [CgroupMount] { parse(try SmallFile.read("/proc/self/mountinfo")) }

    static func parse(_ mountinfo: String) -> [CgroupMount] {
        mountinfo.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash >= 5, words.count > dash + 3 else { return nil }
            let point = String(words[4])
            switch words[dash + 1] {
            case "cgroup2": return CgroupMount(point: point, version: 2, controllers: [])
            case "cgroup":
                return CgroupMount(
                    point: point, version: 1, controllers: words[dash + 3].split(separator: ",").map(String.init))
            default: return nil
            }
        }
    }

    func serves(_ controller: String) -> Bool { version == 2 || controllers.contains(controller) }
}

/// The cgroup of a fault's targets, in the hierarchy of one controller.
struct TargetCgroup: Hashable {
    var directory: String
    var version: Int

    static let keys: [ObjectShape.Key] = [
        .optional("processes", .object(ProcessSelector.shape), "who is hit: all that their cgroup holds"),
        .optional(
            "cgroup", .scalar(ScalarRule(.text)),
            "the cgroup that is hit: as /proc/PID/cgroup names it, or its directory"),
    ]

    /// The cgroup that `processes` or `cgroup` name, which must have the controller's file (`files` by version) and hold
    /// nothing that is protected. Nil where neither is given.
    static func find(
        _ request: FaultRequest, controller: String, file: (Int) -> String
    ) throws(HostError) -> TargetCgroup? {
        let selector = request.parameters["processes"]
        let asked = request.parameters["cgroup"]?.text
        guard asked == nil || selector == nil else {
            throw HostError(.malformed, "`processes` and `cgroup` exclude each other", hint: "give one of them")
        }
        guard asked != nil || selector != nil else { return nil }
        var pids: [Int32] = []
        if let selector { pids = try ProcessSelector(selector).targets(request.host.protection).map(\.pid) }
        let mounts = try CgroupMount.read().filter { $0.serves(controller) }
        var found: [TargetCgroup] = []
        for mount in mounts {
            var directory = asked ?? ""
            if !directory.hasPrefix(mount.point + "/") {
                var names = asked.map { Set([$0.hasPrefix("/") ? $0 : "/" + $0]) } ?? []
                for pid in pids {
                    let text = try SmallFile.read("/proc/\(pid)/cgroup")
                    names.insert(name(in: text, controller: mount.version == 2 ? nil : controller) ?? "/")
                }
                guard names.count == 1, let name = names.first else {
                    throw HostError(
                        .malformed,
                        "the processes are in \(names.count) cgroups: \(names.sorted().joined(separator: ", "))",
                        hint: "hit each cgroup with a fault of its own")
                }
                directory = mount.point + name
            }
            while directory.hasSuffix("/") { directory.removeLast() }
            guard !directory.contains("/../"), !directory.hasSuffix("/.."), SmallFile.exists(directory) else {
                continue
            }
            found.append(TargetCgroup(directory: directory, version: mount.version))
        }
        let whom = asked ?? pids.map(String.init).joined(separator: ", ")
        guard !found.isEmpty else {
            throw HostError(
                .missing, "no cgroup `\(whom)` for the \(controller) controller",
                hint: mounts.isEmpty
                    ? "mount one: mount -t cgroup2 none /sys/fs/cgroup" : "look for it in /proc/PID/cgroup")
        }
        guard
            let target = found.first(where: { target in
                !mounts.contains { $0.point == target.directory }
                    && SmallFile.exists("\(target.directory)/\(file(target.version))")
            })
        else {
            let place = found[0]
            if mounts.contains(where: { $0.point == place.directory }) {
                throw HostError(
                    .protected, "\(whom): the root cgroup holds every process of the host",
                    hint: "start the target in a cgroup of its own: systemd-run --scope -p Delegate=yes COMMAND")
            }
            throw HostError(
                .unsupported, "the \(controller) controller is not enabled for \(place.directory)",
                hint:
                    "enable it: echo +\(controller) > \(place.directory.prefix(upTo: place.directory.lastIndex(of: "/") ?? place.directory.endIndex))/cgroup.subtree_control"
            )
        }
        try target.protect(request.host.protection, only: pids.isEmpty ? nil : Set(pids), of: whom)
        return target
    }

    private func protect(_ protection: Protection, only pids: Set<Int32>?, of whom: String) throws(HostError) {
        for pid in processes {
            if let reason = protection.reason(against: pid) {
                throw HostError(
                    .protected, "\(directory) holds process \(pid), which is protected: \(reason)",
                    hint: "give the target a cgroup of its own")
            }
            if let pids, !pids.contains(pid) {
                throw HostError(
                    .protected, "\(directory) holds process \(pid) too, which is not a target",
                    hint: "name every process of the cgroup, or write `cgroup: …`")
            }
        }
    }

    /// Of it and of all below it.
    var processes: [Int32] { Self.processes(in: directory) }

    private static func processes(in directory: String) -> [Int32] {
        let own = ((try? SmallFile.read("\(directory)/cgroup.procs")) ?? "").split(separator: "\n").compactMap {
            Int32($0)
        }
        return SmallFile.names(in: directory).reduce(own) { all, name in
            var status = stat()
            let path = "\(directory)/\(name)"
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return all }
            return all + processes(in: path)
        }
    }

    /// A process's cgroup in /proc/PID/cgroup: of a version 1 controller, or (nil) of version 2.
    static func name(in text: String, controller: String?) -> String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isIt =
                controller.map { parts[1].split(separator: ",").map(String.init).contains($0) }
                ?? (parts[0] == "0" && parts[1].isEmpty)
            if isIt { return String(parts[2]) }
        }
        return nil
    }

    /// Whether any mounted hierarchy has the controller at all, for doctor.
    static func capability(_ mechanism: String, controller: String) -> Capability {
        let mounts = (try? CgroupMount.read()) ?? []
        let served = mounts.contains { mount in
            mount.version == 1
                ? mount.controllers.contains(controller)
                : ((try? SmallFile.read("\(mount.point)/cgroup.controllers")) ?? "").split(
                    whereSeparator: \.isWhitespace
                )
                .contains { $0 == controller }
        }
        if served { return Capability(mechanism) }
        return Capability(
            mechanism, missing: "no cgroup hierarchy with the \(controller) controller",
            remedy: mounts.isEmpty
                ? "mount -t cgroup2 none /sys/fs/cgroup"
                : "a kernel with CONFIG_\(controller == "cpu" ? "CFS_BANDWIDTH" : "MEMCG"); "
                    + "with version 2, +\(controller) in the parents' cgroup.subtree_control")
    }
}
