import Glibc

/// Which qdiscs this kernel has. Asked of the kernel itself, which loads a module for it where there is one.
enum KernelQdiscs {
    static var isPrivileged: Bool { missing("htb") != .privilege }

    private enum Lack: Hashable { case kind, privilege }

    nonisolated(unsafe) private static var known: [String: Lack?] = [:]

    /// Each kind refuses to begin without options (EINVAL): that tells that it is there and changes nothing.
    private static func missing(_ kind: String) -> Lack? {
        if let answer = known[kind] { return answer }
        let answer = ask(kind)
        known[kind] = .some(answer)
        return answer
    }

    private static func ask(_ kind: String) -> Lack? {
        guard let socket = try? NetlinkSocket(.route), let loopback = try? Links.find(name: "lo", socket) else { return .kind }
        let question = TrafficMessage(
            RouteMessage.newQdisc, index: loopback.index, handle: 0x4740_0000, parent: Handle.root, kind: kind)
        do {
            try socket.perform(question.request(Netlink.createNew))
        } catch {
            switch error.error {
            case ENOENT: return .kind
            case EPERM: return .privilege
            default: return nil
            }
        }
        // A kernel whose qdisc begins without options after all: taken back at once.
        let added = TrafficMessage(
            RouteMessage.deleteQdisc, index: loopback.index, handle: 0x4740_0000, parent: Handle.root)
        _ = try? socket.perform(added.request())
        return nil
    }

    static func capability(_ mechanism: String, needing kinds: [String]) -> Capability {
        for kind in kinds {
            switch missing(kind) {
            case .privilege:
                return Capability(
                    mechanism, missing: "the privilege to change qdiscs (CAP_NET_ADMIN)",
                    remedy: "run as root, or inside a namespace of your own")
            case .kind:
                return Capability(
                    mechanism, missing: "this kernel has no \(kind)",
                    remedy:
                        "kernel option CONFIG_NET_SCH_\(kind.uppercased()); Debian: linux-image-amd64, module sch_\(kind)"
                )
            case nil: continue
            }
        }
        return Capability(mechanism)
    }

    /// What sending arriving packets through a qdisc needs and this kernel lacks; nil if it has it.
    static var missingForArrival: String? {
        // clsact takes no options and so cannot be asked in this way; where ifb and it are missing, injection says so and
        // takes back what it did. Modules are looked for by name.
        for (module, option) in [("ifb", "CONFIG_IFB"), ("act_mirred", "CONFIG_NET_ACT_MIRRED")]
        where !hasModule(module) {
            return "the kernel option \(option) (Debian: linux-image-amd64, module \(module))"
        }
        return nil
    }

    /// Loaded, built in or loadable; true where that cannot be told.
    private static func hasModule(_ name: String) -> Bool {
        if SmallFile.exists("/sys/module/\(name)") { return true }
        var release = utsname()
        guard uname(&release) == 0 else { return true }
        let version = withUnsafeBytes(of: &release.release) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let directory = "/lib/modules/\(version)"
        guard SmallFile.exists("\(directory)/modules.dep") else { return true }
        return ["modules.dep", "modules.builtin"].contains {
            ((try? SmallFile.read("\(directory)/\($0)")) ?? "").contains("/\(name).ko")
        }
    }
}
