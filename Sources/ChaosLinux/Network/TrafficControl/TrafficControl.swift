import Glibc

/// Qdiscs, classes and filters of this namespace, read and changed through netlink; and the debts of these paid.
///
/// On an interface where faults of ours act on what leaves, the root is one `htb` with the handle `4741:` that lets pass
/// what no filter takes. Each fault has a class in it, a leaf below that, and filters with four priorities of its own: all
/// with numbers of its own, so that it can go while others stay. What arrives is sent through an `ifb` of the fault's own by
/// filters at `clsact`.
enum TrafficControl {
    // MARK: - Reading

    static func qdiscs(of link: Int32, _ socket: NetlinkSocket) throws(HostError) -> [TrafficMessage] {
        try list(TrafficMessage(RouteMessage.getQdisc, index: link, handle: 0, parent: 0), socket, "qdiscs")
    }

    /// Nil only where the interface has none at all (it is down, or being deleted).
    static func root(of link: Int32, _ socket: NetlinkSocket) throws(HostError) -> TrafficMessage? {
        try qdiscs(of: link, socket).first { $0.parent == Handle.root }
    }

    static func classes(of link: Int32, _ socket: NetlinkSocket) throws(HostError) -> [TrafficMessage] {
        try list(TrafficMessage(RouteMessage.getClass, index: link, handle: 0, parent: 0), socket, "classes")
    }

    static func filters(of link: Int32, at parent: UInt32, _ socket: NetlinkSocket) throws(HostError) -> [TrafficMessage]
    {
        try list(TrafficMessage(RouteMessage.getFilter, index: link, handle: 0, parent: parent), socket, "filters")
    }

    private static func list(
        _ request: TrafficMessage, _ socket: NetlinkSocket, _ what: String
    ) throws(HostError) -> [TrafficMessage] {
        do {
            return try socket.list(request.request(Netlink.dump))
                .compactMap { TrafficMessage(type: $0.type, $0.payload) }
                .filter { $0.index == request.index }
        } catch {
            // An interface or a qdisc that is gone has none.
            if error.error == ENODEV || error.error == ENOENT || error.error == EINVAL { return [] }
            throw error.failure("listing \(what) of interface \(request.index)")
        }
    }

    /// Whether our root is on it.
    static func isOurs(_ root: TrafficMessage?) -> Bool { root?.kind == "htb" && root?.handle == Handle.ours }

    /// Whether the kernel put it there by itself, and will again.
    static func isDefault(_ root: TrafficMessage?) -> Bool { root.map { $0.handle == 0 } ?? true }

    /// As `tc` names it: `tbf 8001:`.
    static func text(_ qdisc: TrafficMessage) -> String { "\(qdisc.kind) \(Handle.text(qdisc.handle))" }

    /// Filters whose priority is one of the `minor`-th fault's.
    static func filters(
        of minor: UInt16, on link: Int32, at parent: UInt32, _ socket: NetlinkSocket
    ) throws(HostError) -> [TrafficMessage] {
        let first = UInt32(Handle.priority(minor))
        return try filters(of: link, at: parent, socket).filter { (first..<first + 4).contains($0.info >> 16) }
    }

    // MARK: - Changing

    static func add(_ message: TrafficMessage, _ what: String, _ socket: NetlinkSocket) throws(HostError) {
        do {
            try socket.perform(message.request(Netlink.createNew))
        } catch {
            throw error.failure(what)
        }
    }

    /// False if it was gone.
    @discardableResult
    static func delete(_ message: TrafficMessage, _ what: String, _ socket: NetlinkSocket) throws(HostError) -> Bool {
        do {
            try socket.perform(message.request())
            return true
        } catch {
            if error.error == ENOENT || error.error == ENODEV { return false }
            throw error.failure(what)
        }
    }

    // MARK: - Paying

    /// Below the root: a fault's filters, class and leaf. The root itself: once no fault has a class in it any more. At
    /// clsact: a fault's filters, and clsact once it holds none.
    static func payQdisc(link: LinkIdentity, parent: UInt32, handle: UInt32, kind: String) -> Payment {
        paying { (socket) throws(HostError) in
            guard try Links.find(index: link.index, socket) != nil else { return .nothingThere }
            if let changed = try change(of: link, socket) {
                let isThere =
                    parent == Handle.clsact
                    ? try !filters(of: UInt16(truncatingIfNeeded: handle), on: link.index, at: Handle.arriving, socket)
                        .isEmpty
                    : isOurs(try root(of: link.index, socket))
                return isThere ? .owed(changed) : .nothingThere
            }
            switch parent {
            case Handle.root: return try payRoot(link, handle, socket)
            case Handle.clsact: return try payArriving(link, UInt16(truncatingIfNeeded: handle), socket)
            default: return try payLane(link, parent, socket)
            }
        }
    }

    private static func payRoot(
        _ link: LinkIdentity, _ handle: UInt32, _ socket: NetlinkSocket
    ) throws(HostError) -> Payment {
        guard handle == Handle.ours, isOurs(try root(of: link.index, socket)) else { return .nothingThere }
        // The fault whose class is still there owes the root too.
        guard try classes(of: link.index, socket).isEmpty else { return .paid }
        return try delete(
            TrafficMessage(RouteMessage.deleteQdisc, index: link.index, handle: handle, parent: Handle.root),
            "deleting htb 4741: from \(link.name)", socket) ? .paid : .nothingThere
    }

    private static func payLane(
        _ link: LinkIdentity, _ lane: UInt32, _ socket: NetlinkSocket
    ) throws(HostError) -> Payment {
        guard lane & 0xFFFF_0000 == Handle.ours, isOurs(try root(of: link.index, socket)) else { return .nothingThere }
        var wasThere = try deleteFilters(of: UInt16(lane & 0xFFFF), on: link, at: Handle.ours, socket)
        if try classes(of: link.index, socket).contains(where: { $0.handle == lane }) {
            // Its leaf, and what waits in it, goes with it.
            wasThere =
                try delete(
                    TrafficMessage(RouteMessage.deleteClass, index: link.index, handle: lane, parent: 0),
                    "deleting class \(Handle.text(lane)) from \(link.name)", socket) || wasThere
        }
        return wasThere ? .paid : .nothingThere
    }

    private static func payArriving(
        _ link: LinkIdentity, _ minor: UInt16, _ socket: NetlinkSocket
    ) throws(HostError) -> Payment {
        let wasThere = try deleteFilters(of: minor, on: link, at: Handle.arriving, socket)
        guard try qdiscs(of: link.index, socket).contains(where: { $0.kind == "clsact" }),
            try filters(of: link.index, at: Handle.arriving, socket).isEmpty,
            try filters(of: link.index, at: Handle.leaving, socket).isEmpty
        else { return wasThere ? .paid : .nothingThere }
        try delete(
            TrafficMessage(RouteMessage.deleteQdisc, index: link.index, handle: 0xFFFF_0000, parent: Handle.clsact),
            "deleting clsact from \(link.name)", socket)
        return .paid
    }

    private static func deleteFilters(
        of minor: UInt16, on link: LinkIdentity, at parent: UInt32, _ socket: NetlinkSocket
    ) throws(HostError) -> Bool {
        // Meant ones first, so that an exempt flow is never taken for a meant one.
        let infos = Set(try filters(of: minor, on: link.index, at: parent, socket).map(\.info)).sorted(by: >)
        for info in infos {
            try delete(
                TrafficMessage(RouteMessage.deleteFilter, index: link.index, handle: 0, parent: parent, info: info),
                "deleting filters of priority \(info >> 16) from \(link.name)", socket)
        }
        return !infos.isEmpty
    }

    static func payRestore(link: LinkIdentity, description: String) -> Payment {
        paying { (socket) throws(HostError) in
            guard try Links.find(index: link.index, socket) != nil else { return .nothingThere }
            guard let saved = ForeignRoot(description) else {
                return .owed("the description of \(link.name)'s own root qdisc cannot be read: put it back by hand")
            }
            let root = try root(of: link.index, socket)
            // Ours is there for another fault, which owes this too; one that is there already was never taken, or is back, or
            // somebody has set another since.
            guard isDefault(root) else { return isOurs(root) ? .paid : .nothingThere }
            if let changed = try change(of: link, socket) { return .owed(changed) }
            try saved.restore(on: link, socket)
            return .paid
        }
    }

    static func payLink(_ link: LinkIdentity) -> Payment {
        paying { (socket) throws(HostError) in
            // Another index, name or address: not ours.
            guard try Links.find(index: link.index, socket) == link else { return .nothingThere }
            return try Links.delete(link, socket) ? .paid : .nothingThere
        }
    }

    /// Why an interface with this index may not be the one meant; nil if it is.
    private static func change(of link: LinkIdentity, _ socket: NetlinkSocket) throws(HostError) -> String? {
        guard let now = try Links.find(index: link.index, socket), now != link else { return nil }
        return
            "interface \(link.index) was \(link.name) (\(link.address)) and is \(now.name) (\(now.address)): take our "
            + "qdisc (htb 4741:, or filters of clsact) from it by hand if it is the same"
    }

    private static func paying(_ body: (NetlinkSocket) throws(HostError) -> Payment) -> Payment {
        do throws(HostError) {
            return try body(NetlinkSocket(.route))
        } catch {
            return .owed(error.text)
        }
    }
}
