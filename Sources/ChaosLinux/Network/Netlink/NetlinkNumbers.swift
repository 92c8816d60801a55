/// What all netlink families share (linux/netlink.h).
package enum Netlink {
    /// NLA_F_NESTED, and the mask of a type without its flags.
    static let nested: UInt16 = 0x8000
    static let typeMask: UInt16 = 0x3FFF

    // NLM_F_…; what a bit means depends on the message.
    package static let request: UInt16 = 0x1
    package static let acknowledge: UInt16 = 0x4
    static let dumpInterrupted: UInt16 = 0x10
    package static let capped: UInt16 = 0x100
    package static let extended: UInt16 = 0x200
    static let dump: UInt16 = 0x300
    static let exclusive: UInt16 = 0x200
    static let create: UInt16 = 0x400
    static let append: UInt16 = 0x800
    /// What is there already is never changed.
    package static let createNew: UInt16 = create | exclusive

    // NLMSG_…
    package static let error: UInt16 = 2
    package static let done: UInt16 = 3

    /// NLMSGERR_ATTR_MSG: the kernel's words behind an answer.
    static let answerText: UInt16 = 1
}

/// Messages of NETLINK_ROUTE: RTM_… (linux/rtnetlink.h).
package enum RouteMessage {
    package static let newLink: UInt16 = 16
    static let deleteLink: UInt16 = 17
    static let getLink: UInt16 = 18
    package static let newAddress: UInt16 = 20
    static let getRoute: UInt16 = 26
    package static let newNeighbour: UInt16 = 28
    static let newQdisc: UInt16 = 36
    static let deleteQdisc: UInt16 = 37
    static let getQdisc: UInt16 = 38
    static let newClass: UInt16 = 40
    static let deleteClass: UInt16 = 41
    static let getClass: UInt16 = 42
    static let newFilter: UInt16 = 44
    static let deleteFilter: UInt16 = 45
    static let getFilter: UInt16 = 46
}

/// Of NETLINK_NETFILTER (linux/netfilter/nfnetlink.h): subsystems, the upper half of a message's type, and a transaction's
/// ends.
enum Netfilter {
    /// NFNL_SUBSYS_QUEUE.
    static let queue: UInt16 = 3
    /// NFNL_SUBSYS_NFTABLES.
    static let nftables: UInt16 = 10
    /// NFNL_MSG_BATCH_BEGIN.
    static let batchBegin: UInt16 = 0x10
    /// NFNL_MSG_BATCH_END.
    static let batchEnd: UInt16 = 0x11
}
