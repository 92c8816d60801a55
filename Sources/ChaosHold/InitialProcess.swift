import CLinuxShims
import ChaosFleet
import ChaosLinux
import Glibc

/// What the first process of the namespaces is to do.
struct InitialOrder {
    var spec: LaunchSpec
    var programs: Programs
    var readyLimit: Int64
    /// Who the holder is; inside this one is user and group 0.
    var user: UInt32
    var group: UInt32
    /// Its socket to the holder.
    var control: Int32
    var isDetached: Bool
}

/// The first process of the namespaces: makes the fleet's world, then is its init and supervisor.
enum InitialProcess {
    /// The kernel kills this process when the holder dies; should that fail, the end of the socket tells.
    static func live(_ order: InitialOrder) -> Never {
        // Errors of its own (a trap) may still be heard while there is somebody to hear them.
        guard host_keep_only(order.control, order.isDetached ? 0 : 1) == 0 else { _exit(1) }
        // The holder may have died before the kernel was told to watch it.
        var holder = pollfd(fd: order.control, events: Int16(POLLIN), revents: 0)
        if poll(&holder, 1, 0) > 0, holder.revents & Int16(POLLHUP) != 0 { _exit(1) }
        setsid()
        umask(0o022)
        _ = host_set_name("gauntlet-fleet")
        do throws(HostError) {
            try map(order)
            let network = try makeWorld(order)
            let loop = try EventLoop()
            let supervisor = try FleetSupervisor(order, network, on: loop)
            try supervisor.begin()
            // It holds the loop's callbacks weakly.
            withExtendedLifetime(supervisor) { loop.run() }
        } catch {
            tell(HoldReply(failure: error), on: order.control)
        }
        _exit(1)
    }

    private static func tell(_ reply: HoldReply, on control: Int32) {
        let line = Array(reply.line.utf8)
        _ = send(control, line, line.count, Int32(MSG_NOSIGNAL))
    }

    /// One user and one group exist inside: 0, which outside is who started the holder.
    private static func map(_ order: InitialOrder) throws(HostError) {
        do throws(HostError) {
            try SmallFile.write("deny", to: "/proc/self/setgroups")
            try SmallFile.write("0 \(order.user) 1", to: "/proc/self/uid_map")
            try SmallFile.write("0 \(order.group) 1", to: "/proc/self/gid_map")
        } catch {
            throw HostError(.privilege, error.message, hint: UserNamespaces.remedy(EPERM, user: order.user))
        }
    }

    private static func makeWorld(_ order: InitialOrder) throws(HostError) -> FleetNetwork {
        let spec = order.spec
        do throws(HostError) {
            try FleetRoot.make()
            try FleetFileSystem.make(spec)
            _ = sethostname(spec.fleet, spec.fleet.utf8.count)
            return try FleetNetwork.make(spec.hosts)
        } catch  where error.code == .privilege {
            throw HostError(.privilege, error.message, hint: UserNamespaces.remedy(EPERM, user: order.user))
        } catch {
            throw error
        }
    }
}
