import Glibc

/// Control groups, version 1 and 2.
package enum Cgroup {
    /// A hierarchy as it is mounted here.
    package struct Hierarchy: Hashable {
        package var path: String
        /// What of the hierarchy lies at `path`: `/` unless only a part is mounted.
        package var root: String
        package var isUnified: Bool
        /// Of version 1, `name=systemd` among them; empty for version 2.
        package var controllers: [String]

        /// Whether it may have the controller: version 2 tells in each cgroup which are enabled.
        package func serves(_ controller: String) -> Bool { isUnified || controllers.contains(controller) }
    }

    package static var hierarchies: [Hierarchy] {
        ((try? SmallFile.read("/proc/self/mountinfo")).map(hierarchies(in:))) ?? []
    }

    /// Version 2 where the kernel has its freezer (5.2 and later).
    static var unified: Hierarchy? { hierarchies.first(where: \.isUnified) }

    static var freezer: Hierarchy? { hierarchies.first { $0.controllers.contains("freezer") } }

    /// Of the text of /proc/self/mountinfo.
    package static func hierarchies(in text: String) -> [Hierarchy] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 3 < fields.count, dash > 4 else { return nil }
            let path = String(fields[4])
            switch fields[dash + 1] {
            case "cgroup2":
                return Hierarchy(path: path, root: String(fields[3]), isUnified: true, controllers: [])
            case "cgroup":
                let options = fields[dash + 3].split(separator: ",").map(String.init)
                return Hierarchy(
                    path: path, root: String(fields[3]), isUnified: false,
                    controllers: options.filter { $0 != "rw" && $0 != "ro" && $0 != "xattr" })
            default: return nil
            }
        }
    }

    // MARK: - Where processes are

    /// A process's path in every hierarchy, as /proc names it.
    static func paths(of pid: Int32) -> [String] {
        ((try? SmallFile.read("/proc/\(pid)/cgroup")) ?? "").split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            return parts.count == 3 ? String(parts[2]) : nil
        }
    }

    /// The directory of the cgroup that a process is in; nil if the process has gone or its cgroup lies outside the mount.
    static func directory(of pid: Int32, in hierarchy: Hierarchy) -> String? {
        (try? SmallFile.read("/proc/\(pid)/cgroup")).flatMap { directory(in: $0, hierarchy) }
    }

    /// Of the text of /proc/PID/cgroup.
    package static func directory(in text: String, _ hierarchy: Hierarchy) -> String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",").map(String.init)
            guard hierarchy.isUnified ? parts[0] == "0" : !controllers.isEmpty && controllers == hierarchy.controllers
            else { continue }
            var below = parts[2]
            if hierarchy.root != "/" {
                guard below == hierarchy.root || below.hasPrefix(hierarchy.root + "/") else { return nil }
                below = below.dropFirst(hierarchy.root.count)
            }
            return below == "/" ? hierarchy.path : hierarchy.path + below
        }
        return nil
    }

    /// The directory of a cgroup given as a path on the file system, a path in a hierarchy, or the name of its last part.
    static func find(_ name: String) throws(HostError) -> String {
        let mounts = hierarchies.sorted { $0.isUnified && !$1.isUnified }
        guard !name.split(separator: "/").contains("..") else {
            throw HostError(.malformed, "`\(name)` is not a plain cgroup path", hint: "leave `..` out")
        }
        if mounts.contains(where: { name == $0.path || name.hasPrefix($0.path + "/") }) {
            if SmallFile.exists(name + "/cgroup.procs") { return name }
        } else if name.hasPrefix("/") {
            for mount in mounts where SmallFile.exists(mount.path + name + "/cgroup.procs") {
                return name == "/" ? mount.path : mount.path + name
            }
        } else {
            for mount in mounts {
                if SmallFile.exists("\(mount.path)/\(name)/cgroup.procs") { return "\(mount.path)/\(name)" }
            }
            for mount in mounts {
                if let path = directory(named: name, below: mount.path, depth: 8) { return path }
            }
        }
        throw HostError(.missing, "no cgroup `\(name)`", hint: "name it by its path below /sys/fs/cgroup")
    }

    /// The first directory of that name, those nearer to the root before deeper ones.
    static func directory(named name: String, below path: String, depth: Int) -> String? {
        var level = [path]
        for _ in 0..<depth {
            let next = level.flatMap { parent in children(of: parent) }
            if let found = next.first(where: { $0.hasSuffix("/\(name)") }) { return found }
            if next.isEmpty { return nil }
            level = next
        }
        return nil
    }

    static func children(of path: String) -> [String] {
        SmallFile.names(in: path).map { "\(path)/\($0)" }.filter { isDirectory($0) }
    }

    /// Everybody in it and below.
    package static func members(of path: String) -> [Int32] {
        var found = pids(in: path)
        for child in children(of: path) { found += members(of: child) }
        return found
    }

    private static func pids(in path: String) -> [Int32] {
        ((try? SmallFile.read(path + "/cgroup.procs")) ?? "").split(separator: "\n").compactMap { Int32($0) }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Nil when it is not there.
    package static func inode(of path: String) -> UInt64? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    // MARK: - Ours

    /// A name that nobody else gives, so that the name alone says that it is ours.
    static func ownName(_ fault: String) -> String {
        "gauntlet-\(fault)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    }

    static func make(_ path: String) throws(HostError) -> UInt64 {
        try SystemCall.call(mkdir(path, 0o755), "making the cgroup \(path)")
        guard let inode = inode(of: path) else { throw HostError(.missing, "the cgroup \(path) vanished") }
        return inode
    }

    /// Moves a process with all its threads; false if it has gone.
    @discardableResult
    static func move(_ pid: Int32, to path: String) throws(HostError) -> Bool {
        do {
            try SmallFile.write("\(pid)", to: path + "/cgroup.procs")
            return true
        } catch {
            if ProcessStatus.of(pid).map({ $0.state == "Z" || $0.state == "X" }) ?? true { return false }
            throw error
        }
    }

    /// Kills everybody in it and below, and those they start meanwhile. Waits until they are gone, at most 2 s.
    static func killAll(in path: String) throws(HostError) {
        let all = path + "/cgroup.kill"
        let asked = SmallFile.exists(all) && (try? SmallFile.write("1", to: all)) != nil
        for _ in 0..<200 {
            let members = members(of: path).compactMap(ProcessIdentity.of).filter(\.isAlive)
            if members.isEmpty { return }
            if !asked {
                // Frozen, none can start another while the others are being killed.
                try? freeze(path)
                for member in members { try member.signal(SIGKILL) }
                try? thaw(path)
            }
            usleep(10_000)
        }
        throw HostError(.failed, "processes in \(path) do not die", hint: "are they in an uninterruptible wait?")
    }

    // MARK: - Freezing

    enum Freezing: Hashable { case frozen, freezing, thawed }

    /// Asks for it; `state` tells when it is so.
    static func freeze(_ path: String) throws(HostError) {
        if SmallFile.exists(path + "/cgroup.freeze") {
            try SmallFile.write("1", to: path + "/cgroup.freeze")
        } else {
            try SmallFile.write("FROZEN", to: path + "/freezer.state")
        }
    }

    static func thaw(_ path: String) throws(HostError) {
        if SmallFile.exists(path + "/cgroup.freeze") {
            try SmallFile.write("0", to: path + "/cgroup.freeze")
        } else {
            try SmallFile.write("THAWED", to: path + "/freezer.state")
        }
    }

    /// What the kernel says; nil where the cgroup is not there or cannot be frozen.
    static func state(of path: String) -> Freezing? {
        if let wanted = try? SmallFile.read(path + "/cgroup.freeze"),
            let events = try? SmallFile.read(path + "/cgroup.events")
        {
            if events.contains("frozen 1") { return .frozen }
            return wanted.hasPrefix("1") ? .freezing : .thawed
        }
        switch try? SmallFile.read(path + "/freezer.state") {
        case "FROZEN\n": return .frozen
        case "FREEZING\n": return .freezing
        case "THAWED\n": return .thawed
        default: return nil
        }
    }

    /// Whether it reached the state within `patience` ms.
    static func wait(for wanted: Freezing, of path: String, patience: Int) -> Bool {
        for _ in 0...patience {
            if state(of: path) == wanted { return true }
            usleep(1_000)
        }
        return false
    }

    // MARK: - Paying

    static func payThaw(path: String, inode: UInt64) -> Payment {
        guard Self.inode(of: path) == inode, let state = state(of: path) else { return .nothingThere }
        if state == .thawed { return .nothingThere }
        do {
            try thaw(path)
        } catch {
            return .owed("\(path) cannot be thawed: \(error.text)")
        }
        return wait(for: .thawed, of: path, patience: 500) ? .paid : .owed("\(path) does not thaw")
    }

    /// `inode` 0: it was recorded before it was made, and its name alone tells it. An empty `home`: whoever is in it is a
    /// child of ours, and is killed.
    static func payCgroup(path: String, inode: UInt64, home: String) -> Payment {
        guard let present = Self.inode(of: path) else { return .nothingThere }
        guard inode == 0 || present == inode else { return .nothingThere }
        guard path[(path.lastIndex(of: "/") ?? path.startIndex)...].hasPrefix("/gauntlet-") else {
            return .owed("\(path) is not a cgroup of ours")
        }
        do {
            if state(of: path) != .thawed { try? thaw(path) }
            if home.isEmpty { try killAll(in: path) }
            try empty(path, into: home)
            return .paid
        } catch {
            return .owed(error.text)
        }
    }

    /// Moves home what is in it, and removes it with what the processes made below.
    private static func empty(_ path: String, into home: String) throws(HostError) {
        for child in children(of: path) { try empty(child, into: home) }
        for _ in 0..<200 {
            if !home.isEmpty { for pid in pids(in: path) { try move(pid, to: home) } }
            if rmdir(path) == 0 || errno == ENOENT { return }
            // Exiting members keep it busy for a moment; new ones are moved in the next round.
            guard errno == EBUSY else { throw SystemCall.failure(errno, "removing the cgroup \(path)") }
            usleep(5_000)
        }
        throw HostError(.busy, "the cgroup \(path) does not get empty")
    }
}
