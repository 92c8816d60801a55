/// `live.hosts`: which hosts of an attached fleet are other machines, and how they are reached.
struct MachinesBuilder {
    let root: Value
    let fleet: Fleet
    let log: ProblemLog

    func build() -> [LiveSettings.Machine] {
        let names = fleet.hosts.map(\.name)
        return (root["hosts"]?.fields ?? []).compactMap { field in
            guard names.contains(field.key) else {
                log.error(
                    field.value.place, "`live.hosts` names no host: `\(SourceNode.short(field.key))`",
                    NearestWord.hint(field.key, among: names))
                return nil
            }
            return machine(field.key, field.value)
        }
    }

    private func machine(_ host: String, _ value: Value) -> LiveSettings.Machine {
        let address = value["address"]?.text
        if let address, !LiveBuilder.isAddress(address) {
            log.error(value.at("address").place, "`\(SourceNode.short(address))` is no IPv4 address", "as 192.0.2.11")
        }
        if let disk = value["disk"], !disk.text.hasPrefix("/") {
            log.error(disk.place, "`\(SourceNode.short(disk.text))` is no absolute path", "begin it with `/`")
        }
        let remote = remote(value)
        return LiveSettings.Machine(
            host: host, remote: remote, address: address ?? remote.flatMap(Self.address), disk: value["disk"]?.text)
    }

    /// Where ssh is told an address, the others have it, too.
    private static func address(_ remote: LiveSettings.Remote) -> String? {
        let name = String(remote.destination.split(separator: "@").last ?? "")
        return LiveBuilder.isAddress(name) ? name : nil
    }

    private func remote(_ value: Value) -> LiveSettings.Remote? {
        guard let ssh = value["ssh"] else {
            for key in ["port", "identity", "known-hosts", "gauntlet-host"] {
                guard let found = value[key] else { continue }
                log.error(found.place, "`\(key)` without `ssh`", "say which machine: `ssh: user@name`")
            }
            if value.flag("sudo") {
                log.error(value.at("sudo").place, "`sudo` without `ssh`", "say which machine: `ssh: user@name`")
            }
            return nil
        }
        checkDestination(ssh)
        for key in ["identity", "known-hosts"] {
            guard let file = value[key], !file.text.hasPrefix("/"), !file.text.hasPrefix("~/") else { continue }
            log.error(
                file.place, "`\(SourceNode.short(file.text))` depends on where Gauntlet is started",
                "begin it with `/` or `~/`")
        }
        let program = value["gauntlet-host"]?.text ?? "gauntlet-host"
        if program.contains("/"), !program.hasPrefix("/") || program.contains(where: { $0.isNewline }) {
            log.error(
                value.at("gauntlet-host").place, "`\(SourceNode.short(program))` is no absolute path",
                "begin it with `/`, or write a name on the PATH there")
        }
        return LiveSettings.Remote(
            destination: ssh.text, port: value["port"]?.int, identity: value["identity"]?.text,
            knownHosts: value["known-hosts"]?.text, program: program, isRoot: value.flag("sudo"))
    }

    /// What ssh could take for an option, a command or a port is refused.
    private func checkDestination(_ value: Value) {
        let parts = value.text.split(separator: "@", omittingEmptySubsequences: false)
        let isGood =
            (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                !part.isEmpty && !part.hasPrefix("-")
                    && part.unicodeScalars.allSatisfy {
                        $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0))
                    }
            }
        guard !isGood else { return }
        log.error(
            value.place, "`\(SourceNode.short(value.text))` is no machine for ssh",
            "write `user@name`, and a port as `port: 22`")
    }

    // MARK: Together

    /// Once the rest of `live` is known.
    func check(_ settings: LiveSettings) {
        guard let section = root["hosts"] else { return }
        guard settings.isAttached else {
            return log.error(
                section.place, "`live.hosts` of a fleet that is started here",
                "its hosts are namespaces of this machine; hosts elsewhere run what is attached")
        }
        for attachment in settings.attachments where !attachment.stop.isEmpty {
            guard let member = fleet.members.first(where: { fleet.name(of: $0) == attachment.name }),
                settings.machine(of: fleet.hosts[fleet.host(of: member)].name)?.remote != nil
            else { continue }
            log.error(
                root["attach"]?[attachment.name]?.at("stop").place ?? section.place,
                "`stop` of `\(attachment.name)`, which is behind ssh",
                "leave it out: it is asked to end by SIGTERM there")
        }
        for client in settings.clients {
            for address in client.addresses { check(address, of: client, settings) }
        }
    }

    private func check(
        _ address: LiveSettings.Client.Address, of client: LiveSettings.Client, _ settings: LiveSettings
    ) {
        let host: String?
        switch address {
        case .member(let name):
            host = fleet.members.first { fleet.name(of: $0) == name }.map { fleet.hosts[fleet.host(of: $0)].name }
        case .place(let name, _): host = name
        }
        guard let host, let machine = settings.machine(of: host), machine.remote != nil, machine.address == nil else {
            return
        }
        log.error(
            root["hosts"]?[host]?.place ?? root.place,
            "the client of `\(client.agent)` asks `\(host)`, whose address nobody knows",
            "write `address:` there, or the address in the client's `addresses`")
    }
}
