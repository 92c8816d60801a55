extension UndoStep {
    /// Takes back what it names. Must be called in its namespace. Never touches what is not ours.
    func pay() -> Payment {
        switch self {
        case .nftTable(let family, let name, let owner, _):
            NftTable.pay(family: family, name: name, owner: owner)
        case .iptables(let flavour, let family, let table, let chain, let hooks, _):
            IPTables.pay(flavour: flavour, family: family, table: table, chain: chain, hooks: hooks)
        case .qdisc(let link, let parent, let handle, let kind):
            TrafficControl.payQdisc(link: link, parent: parent, handle: handle, kind: kind)
        case .restoreQdisc(let link, let description):
            TrafficControl.payRestore(link: link, description: description)
        case .link(let link): TrafficControl.payLink(link)
        case .worker(let process): Worker.pay(process)
        case .resume(let process): ProcessPause.payResume(process)
        case .thaw(let cgroup, let inode): Cgroup.payThaw(path: cgroup, inode: inode)
        case .controlFile(let path, let inode, let was): ControlFile.pay(path: path, inode: inode, was: was)
        case .cgroup(let path, let inode, let home): Cgroup.payCgroup(path: path, inode: inode, home: home)
        case .startUnit(let unit): ProcessKill.payStartUnit(unit)
        case .startCommand(let arguments, let directory, let listening):
            ProcessKill.payStartCommand(arguments: arguments, directory: directory, listening: listening)
        case .file(let path, let device, let inode): DiskFill.payFile(path: path, device: device, inode: inode)
        case .holdFile(let path, let holder): HoldFile.pay(path: path, holder: holder)
        case .fileContents(let path, let backup, let reload):
            CredentialChange.pay(path: path, backup: backup, reload: reload)
        case .oomScore(let process, let was): OomScore.pay(process, was: was)
        case .clockFile(let path, let backup, let temporary):
            PreloadedClock.pay(path: path, backup: backup, temporary: temporary)
        case .wallClock(let offset, let difference, let boot):
            ClockFault.payWallClock(offset: offset, difference: difference, boot: boot)
        case .command(let arguments, let limit): Procedure.payCommand(arguments: arguments, limit: limit)
        }
    }
}
