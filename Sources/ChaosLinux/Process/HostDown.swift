import ChaosPlan
import Glibc

/// All of a host's processes die at once and its traffic stops: a kill and a partition as one fault.
final class HostDown: HostMechanism {
    static let keys: [ObjectShape.Key] = [
        .required(
            "processes", .list(.object(ProcessSelector.shape), identity: nil, atLeast: 1), "everything on that host"),
        .required(
            "network", .object(ObjectShape("the network", Partition.keys)), "as for `partition`: who no longer hears"),
        .optional("start", .list(.object(StartCommand.shape)), "what starts them again, if nobody else does"),
        .byDefault(
            "power", .scalar(ScalarRule(.boolean)), "false",
            "also lose what was not synced; not on a host that lives on"),
    ]

    static var capabilities: [Capability] {
        let kill = ProcessKill.capability
        return Partition.capabilities.map { cut in
            Capability(
                "\(kill.mechanism)+\(cut.mechanism)", missing: kill.missing ?? cut.missing,
                remedy: kill.missing == nil ? cut.remedy : kill.remedy)
        }
    }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let parameters = request.parameters
        if parameters.flag("power") {
            throw HostError(
                .unsupported, "the page cache of a running host survives its processes: `power` cannot be cut here",
                hint: "leave `power` out")
        }
        var cut: String?
        if request.mechanism != nil {
            let chosen = try ProcessFaults.choose(request.mechanism, of: .hostDown, among: capabilities)
            cut = chosen.split(separator: "+").last.map(String.init)
        }
        let selectors = try parameters.items("processes").map { (value) throws(HostError) in
            try ProcessSelector(value)
        }
        let starts = try parameters.items("start").map { (value) throws(HostError) in
            try StartCommand(value, port: nil)
        }
        let holds = try parameters.items("hold-file").map { (value) throws(HostError) in
            try HoldFile(value.text, fault: request.id, run: request.host.run)
        }
        let protection = request.host.protection
        let plan = try ProcessKill.Plan(
            selectors: selectors, starts: starts, holds: holds, parameters: parameters, protection: protection)
        let partition = try Partition.make(
            FaultRequest(
                id: request.id, kind: .partition, mechanism: cut, parameters: parameters.at("network"),
                host: request.host))
        return HostDown(
            kill: ProcessKill(plan, isOnce: false, again: true, protection: protection), partition: partition)
    }

    var name: String { "\(kill.name)+\(partition.name)" }
    private let kill: any HostMechanism
    private let partition: any HostMechanism

    init(kill: any HostMechanism, partition: any HostMechanism) {
        self.kill = kill
        self.partition = partition
    }

    /// Silence first, so that no peer hears the dying processes' connections being reset.
    func inject(undo: UndoRecorder) throws(HostError) {
        try partition.inject(undo: undo)
        undo.reach(.midInjection)
        try kill.inject(undo: undo)
    }

    func readBack() throws(HostError) -> Evidence {
        let silence = try partition.readBack()
        let dead = try kill.readBack()
        return Evidence(
            "\(dead.text); \(silence.text)", targets: dead.targets + silence.targets,
            isEffective: dead.isEffective && silence.isEffective)
    }

    func extend(until deadline: Int64) throws(HostError) {
        try partition.extend(until: deadline)
        try kill.extend(until: deadline)
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        partition.watch(on: loop, report: report)
        kill.watch(on: loop, report: report)
    }

    /// Both, whatever comes of the first.
    func revert() throws(HostError) {
        var failures: [String] = []
        do { try kill.revert() } catch { failures.append(error.text) }
        do { try partition.revert() } catch { failures.append(error.text) }
        guard failures.isEmpty else { throw HostError(.failed, failures.joined(separator: "; ")) }
    }

    func residue() throws(HostError) -> [String] { try kill.residue() + partition.residue() }
}
