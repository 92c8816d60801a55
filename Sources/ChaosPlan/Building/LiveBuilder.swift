/// The `live` of a fleet: names checked against it, and that somebody asks each agent.
struct LiveBuilder {
    let root: Value
    let fleet: Fleet
    let log: ProblemLog
    private let members: [String: Member]
    private let hosts: Set<String>

    init(_ root: Value, fleet: Fleet, log: ProblemLog) {
        self.root = root
        self.fleet = fleet
        self.log = log
        members = Dictionary(fleet.members.map { (fleet.name(of: $0), $0) }) { first, _ in first }
        hosts = Set(fleet.hosts.map(\.name))
    }

    func build() -> LiveSettings {
        let machines = MachinesBuilder(root: root, fleet: fleet, log: log)
        let settings = LiveSettings(
            processes: named("processes").map(process), files: root.items("files").map(file),
            attachments: named("attach").compactMap(attachment), clients: named("clients").compactMap(client),
            machines: machines.build())
        if root.isSound {
            check(settings)
            machines.check(settings)
        }
        return settings
    }

    /// The entries of a section, each by the name of a member that there is.
    private func named(_ section: String) -> [Value.Field] {
        (root[section]?.fields ?? []).filter { field in
            if members[field.key] != nil { return true }
            log.error(
                field.value.place, "`live.\(section)` names no member: `\(SourceNode.short(field.key))`",
                NearestWord.hint(field.key, among: fleet.members.map { fleet.name(of: $0) }))
            return false
        }
    }

    // MARK: Processes

    private func process(_ field: Value.Field) -> LiveSettings.Process {
        let value = field.value
        let environment = value["environment"]?.fields ?? []
        return LiveSettings.Process(
            name: field.key, command: value.items("command").map { filled($0) },
            environment: Dictionary(environment.map { ($0.key, filled($0.value)) }) { $1 },
            readyPort: value["ready-port"]?.int, stage: value.int("stage"), isSupervised: value.flag("supervised"))
    }

    private func file(_ value: Value) -> LiveSettings.File {
        let path = value.text("path")
        if path.hasPrefix("/") || path.split(separator: "/").contains("..") {
            log.error(
                value.at("path").place, "`\(path)` is not below /fleet/conf", "write a name such as `server.conf`")
        }
        let mode = UInt32(value.text("mode"), radix: 8)
        if value.isSound, mode ?? 0o10000 > 0o7777 {
            log.error(
                value.at("mode").place, "`\(value.text("mode"))` is no file mode", "write octal digits, as `0640`")
        }
        return LiveSettings.File(path: path, mode: mode ?? 0o644, text: filled(value.at("text")))
    }

    /// As written; that its placeholders name somebody is checked.
    private func filled(_ value: Value) -> String {
        _ = Placeholder.fill(value.text) { placeholder in
            switch placeholder {
            case .address(let name), .disk(let name):
                if !hosts.contains(name), members[name] == nil {
                    log.error(
                        value.place, "a placeholder names no host or member: `\(SourceNode.short(name))`",
                        NearestWord.hint(name, among: fleet.hosts.map(\.name) + members.keys.sorted()))
                }
            case .port(let name):
                if members[name] == nil {
                    log.error(
                        value.place, "a placeholder names no member: `\(SourceNode.short(name))`",
                        NearestWord.hint(name, among: members.keys.sorted()))
                }
            }
            return ""
        }
        return value.text
    }

    // MARK: Attached processes

    private func attachment(_ field: Value.Field) -> LiveSettings.Attachment? {
        let value = field.value
        let keys: [LiveSettings.Attachment.Key] = [
            value["pid-file"].map { .pidFile($0.text) }, value["unit"].map { .unit($0.text) },
            value["cgroup"].map { .cgroup($0.text) }, value["port"].map { .port($0.int) },
            value["command"].map { .command($0.text) },
        ].compactMap { $0 }
        guard keys.count == 1 else {
            if value.isSound {
                log.error(
                    value.place, "`live.attach.\(field.key)` finds its process by \(keys.count) keys",
                    "write one of pid-file, unit, cgroup, port, command")
            }
            return nil
        }
        return LiveSettings.Attachment(
            name: field.key, key: keys[0], start: value.items("start").map(\.text),
            stop: value.items("stop").map(\.text))
    }

    // MARK: Clients

    private func client(_ field: Value.Field) -> LiveSettings.Client? {
        let value = field.value
        guard value.isSound else { return nil }
        guard case .agent? = members[field.key] else {
            log.error(
                value.place, "`live.clients` names no agent: `\(field.key)`",
                "clients ask agents; make it one, or name its address in an agent's `addresses`")
            return nil
        }
        let questions: [LiveSettings.Client.Question] = [
            value["http"].map { .http(path: $0.text) }, value["tcp"].flatMap { $0.flag ? .tcp : nil },
            value["redis"].map { .redis($0.text.split(separator: " ").map { String($0) }) },
            value["nats"].map { .nats(subject: $0.text) },
            value["command"].map { .command($0.items.map(\.text)) },
        ].compactMap { $0 }
        guard questions.count == 1 else {
            log.error(
                value.place, "the client of `\(field.key)` asks \(questions.count) things",
                "write one of `http: PATH`, `tcp: true`, `redis: COMMAND`, `nats: SUBJECT`, `command: [PROGRAM]`")
            return nil
        }
        checkQuestion(questions[0], value)
        var addresses = value.items("addresses").compactMap { address($0) }
        if value["addresses"] == nil { addresses = [.member(field.key)] }
        if case .command = questions[0], value["addresses"] == nil { addresses = [] }
        return LiveSettings.Client(
            agent: field.key, question: questions[0], addresses: addresses, expect: value["expect"]?.text,
            credentialFile: value["credential-file"]?.text)
    }

    private func checkQuestion(_ question: LiveSettings.Client.Question, _ value: Value) {
        func refuse(_ key: String, _ what: String, _ hint: String) {
            if let value = value[key] { log.error(value.place, "`\(key)` for \(what)", hint) }
        }
        switch question {
        case .http(let path):
            if !path.hasPrefix("/") { log.error(value.at("http").place, "`\(path)` is no path", "begin it with `/`") }
            refuse("credential-file", "an HTTP client", "leave it out")
        case .nats(let subject):
            if subject.contains(where: { $0.isWhitespace || $0 == "*" || $0 == ">" }) {
                log.error(
                    value.at("nats").place, "`\(subject)` is no subject", "write words between dots, without wildcards")
            }
        case .redis: break
        case .tcp:
            refuse("expect", "a client that only connects", "leave it out")
            refuse("credential-file", "a client that only connects", "leave it out")
        case .command:
            refuse("expect", "a program", "it says by its exit code what it thinks; leave it out")
            refuse("credential-file", "a program", "name it in the command")
            refuse("addresses", "a program", "it knows whom to ask; leave it out")
        }
    }

    private func address(_ value: Value) -> LiveSettings.Client.Address? {
        let text = value.text
        if members[text] != nil { return .member(text) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        if parts.count == 2, let port = Int(parts[1]), (1...65_535).contains(port) {
            if hosts.contains(parts[0]) || Self.isAddress(parts[0]) { return .place(host: parts[0], port: port) }
        }
        log.error(
            value.place, "`\(SourceNode.short(text))` is no address",
            parts.count == 2
                ? "write a host of the fleet or an IPv4 address, `:` and a port"
                : NearestWord.hint(text, among: fleet.members.map { fleet.name(of: $0) }))
        return nil
    }

    static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    // MARK: Together

    private func check(_ settings: LiveSettings) {
        if settings.isAttached { checkAttached(settings) }
        let asked = Set(settings.clients.map(\.agent))
        for case .agent(let index) in fleet.members {
            let name = fleet.agents[index].name
            guard !asked.contains(name), !settings.clients.isEmpty || settings.covers(name) else { continue }
            log.error(
                root.place, "nobody asks the agent `\(name)`",
                "write `live.clients.\(name)`, or make it a store if it has no clients of its own")
        }
        for client in settings.clients {
            for case .member(let name) in client.addresses {
                guard let member = members[name], !fleet(with: settings).hasProcess(member) else { continue }
                log.error(
                    root["clients"]?[client.agent]?.place ?? root.place,
                    "the client of `\(client.agent)` asks `\(name)`, which is no process",
                    "write `addresses` of those that answer")
            }
        }
    }

    private func checkAttached(_ settings: LiveSettings) {
        let place = root["attach"]?.place ?? root.place
        if !settings.processes.isEmpty {
            log.error(
                place, "a fleet that is started in part and attached in part",
                "write either `processes` or `attach`; both in one run are two fleets")
        }
        if !settings.files.isEmpty {
            log.error(place, "`files` of an attached fleet", "Gauntlet writes no files of a fleet that is not its own")
        }
        let here = fleet.hosts.map(\.name).filter { settings.machine(of: $0)?.remote == nil }
        if here.count > 1 {
            log.error(
                place, "an attached fleet with \(here.count) hosts that are this one: \(here.joined(separator: ", "))",
                "write one host, or say of the others in `live.hosts` how they are reached: `ssh: user@name`")
        }
        for member in fleet.members where !settings.covers(fleet.name(of: member)) {
            log.error(
                place, "`\(fleet.name(of: member))` is not attached",
                "write `live.attach.\(fleet.name(of: member))`, by what it is found")
        }
        for client in settings.clients {
            for case .member(let name) in client.addresses where port(of: name, settings) == nil {
                log.error(
                    root["clients"]?[client.agent]?.place ?? place, "nobody knows on which port `\(name)` listens",
                    "give the member a `port`, or write `127.0.0.1:PORT`")
            }
        }
    }

    private func port(of name: String, _ settings: LiveSettings) -> Int? {
        if case .port(let port)? = settings.attachment(of: name)?.key { return port }
        return members[name].flatMap { fleet.declaredPort(of: $0) }
    }

    private func fleet(with settings: LiveSettings) -> Fleet {
        var fleet = fleet
        fleet.live = settings
        return fleet
    }
}

extension Fleet {
    /// As the file says; nil where it says nothing.
    public func declaredPort(of member: Member) -> Int? {
        switch member {
        case .agent(let index): agents[index].port
        case .hub(let index): hubs[index].port
        case .broker(let index): broker.servers[index].port
        case .store(let index): stores[index].port
        }
    }
}
