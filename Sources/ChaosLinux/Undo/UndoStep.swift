/// One thing that takes back one mutation, as data: enough for another process, after a crash or a reboot, to pay it.
///
/// Paying is idempotent. A step names what it undoes so that nothing foreign can be taken for it.
public enum UndoStep: Hashable, Codable, Sendable {
    /// An nftables table of ours. The kernel drops it with `owner`; a foreign process cannot delete it while that lives.
    case nftTable(family: String, name: String, owner: ProcessIdentity, namespace: NetNamespace)
    /// A chain of ours and the jumps to it. `flavour` is `legacy` or `nft`; `hooks` are built-in chains.
    case iptables(
        flavour: String, family: String, table: String, chain: String, hooks: [String], namespace: NetNamespace)
    /// A qdisc of ours below `parent`, with its classes and filters.
    case qdisc(link: LinkIdentity, parent: UInt32, handle: UInt32, kind: String)
    /// A foreign root qdisc that was wrapped: put back exactly as its serialized description says.
    case restoreQdisc(link: LinkIdentity, description: String)
    /// An interface of ours (ifb, tun).
    case link(LinkIdentity)
    /// A worker of ours: killed.
    case worker(ProcessIdentity)
    /// A stopped process: continued.
    case resume(ProcessIdentity)
    /// A frozen cgroup (v1 `freezer.state` or v2 `cgroup.freeze`): thawed.
    case thaw(cgroup: String, inode: UInt64)
    /// A control file of a cgroup that was changed: set back.
    case controlFile(path: String, inode: UInt64, was: String)
    /// A cgroup of ours: its processes moved back to `home`, then removed.
    case cgroup(path: String, inode: UInt64, home: String)
    /// A stopped systemd unit: started.
    case startUnit(String)
    /// A process that we killed and that has nobody else to start it: started by this command, unless `unless` runs.
    case startCommand(arguments: [String], directory: String, listening: Int?)
    /// A file of ours: removed. With inode 0 it was recorded before it was made, and is known by its name.
    case file(path: String, device: UInt64, inode: UInt64)
    /// A file that keeps a supervisor from starting a process: `holder` taken out of it, and the file away with the last.
    case holdFile(path: String, holder: String)
    /// A file whose contents were exchanged: put back from `backup` (same directory), which then goes.
    case fileContents(path: String, backup: String, reload: [String])
    /// Who dies first when memory runs out: set back.
    case oomScore(ProcessIdentity, was: Int32)
    /// The control file of preloaded clocks was exchanged: put back from `backup`, and what lies beside it removed.
    case clockFile(path: String, backup: String, temporary: String)
    /// The wall clock was stepped by `offset` ns. Before, it was `difference` ns ahead of the time since boot: by that a
    /// step that was never made, or was taken back already, is told from one that is still owed.
    case wallClock(offset: Int64, difference: Int64, boot: String)
    /// The `undo:` of a procedure.
    case command(arguments: [String], limit: Int64)

    /// Whether what it undoes survives a reboot; such debts are kept in the durable directory.
    public var isDurable: Bool {
        switch self {
        case .startUnit, .startCommand, .file, .holdFile, .fileContents, .clockFile, .command: true
        default: false
        }
    }

    /// Whether paying it means waiting for programs of others.
    var mayTakeLong: Bool {
        switch self {
        case .startUnit, .startCommand, .command: true
        case .fileContents(_, _, let reload): !reload.isEmpty
        default: false
        }
    }

    /// The network namespace in which it must be paid; nil if any will do.
    public var namespace: NetNamespace? {
        switch self {
        case .nftTable(_, _, _, let namespace), .iptables(_, _, _, _, _, let namespace): namespace
        case .qdisc(let link, _, _, _), .restoreQdisc(let link, _), .link(let link): link.namespace
        default: nil
        }
    }
}

/// What came of paying a step.
public enum Payment: Hashable, Sendable {
    case paid
    /// There was nothing (left) to undo.
    case nothingThere
    /// Still owed: why, and what to do.
    case owed(String)
}
