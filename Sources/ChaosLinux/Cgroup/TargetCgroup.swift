import ChaosPlan
import Glibc

/// The cgroup of a fault's targets, in the hierarchy of one controller.
package struct TargetCgroup: Hashable {
    package var directory: String
    package var version: Int

    package init(directory: String, version: Int) {
        self.directory = directory
        self.version = version
    }

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
        let hierarchies = Cgroup.hierarchies.filter { $0.serves(controller) }
        var found: [TargetCgroup] = []
        for hierarchy in hierarchies {
            var directories: Set<String>
            if let asked {
                let isWhole = asked.hasPrefix(hierarchy.path + "/")
                directories = [isWhole ? asked : hierarchy.path + (asked.hasPrefix("/") ? asked : "/" + asked)]
            } else {
                directories = Set(pids.map { Cgroup.directory(of: $0, in: hierarchy) ?? hierarchy.path })
            }
            guard directories.count == 1, var directory = directories.first else {
                throw HostError(
                    .malformed,
                    "the processes are in \(directories.count) cgroups: \(directories.sorted().joined(separator: ", "))",
                    hint: "hit each cgroup with a fault of its own")
            }
            while directory.hasSuffix("/") { directory.removeLast() }
            guard !directory.split(separator: "/").contains(".."), SmallFile.exists(directory) else { continue }
            found.append(TargetCgroup(directory: directory, version: hierarchy.isUnified ? 2 : 1))
        }
        let whom = asked ?? pids.map(String.init).joined(separator: ", ")
        guard !found.isEmpty else {
            throw HostError(
                .missing, "no cgroup `\(whom)` for the \(controller) controller",
                hint: hierarchies.isEmpty
                    ? "mount one: mount -t cgroup2 none /sys/fs/cgroup" : "look for it in /proc/PID/cgroup")
        }
        guard
            let target = found.first(where: { target in
                !hierarchies.contains { $0.path == target.directory }
                    && SmallFile.exists("\(target.directory)/\(file(target.version))")
            })
        else {
            let place = found[0]
            if hierarchies.contains(where: { $0.path == place.directory }) {
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
    var processes: [Int32] { Cgroup.members(of: directory) }

    /// Whether any mounted hierarchy has the controller at all, for doctor.
    static func capability(_ mechanism: String, controller: String) -> Capability {
        let hierarchies = Cgroup.hierarchies
        let served = hierarchies.contains { hierarchy in
            guard hierarchy.isUnified else { return hierarchy.controllers.contains(controller) }
            let enabled = (try? SmallFile.read("\(hierarchy.path)/cgroup.controllers")) ?? ""
            return enabled.split(whereSeparator: \.isWhitespace).contains { $0 == controller }
        }
        if served { return Capability(mechanism) }
        return Capability(
            mechanism, missing: "no cgroup hierarchy with the \(controller) controller",
            remedy: hierarchies.isEmpty
                ? "mount -t cgroup2 none /sys/fs/cgroup"
                : "a kernel with CONFIG_\(controller == "cpu" ? "CFS_BANDWIDTH" : "MEMCG"); "
                    + "with version 2, +\(controller) in the parents' cgroup.subtree_control")
    }
}
