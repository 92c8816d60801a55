import ChaosFleet
import ChaosPlan

/// What a fleet file's `live` says of the processes that are started.
extension LaunchSpec.Process {
    init(_ process: LiveSettings.Process, host: String, places: ForeignPlaces) {
        self.init(
            name: process.name, host: host, command: process.command.map { places.fill($0) },
            environment: process.environment.mapValues { places.fill($0) },
            log: "\(FleetLayout.root)/out/\(process.name)", stage: process.stage, readyPort: process.readyPort,
            isSupervised: process.isSupervised)
    }
}

extension LaunchSpec.File {
    static let configurations = "\(FleetLayout.root)/conf"

    init(_ file: LiveSettings.File, places: ForeignPlaces) {
        self.init(path: "\(Self.configurations)/\(file.path)", mode: file.mode, text: places.fill(file.text))
    }
}

extension LaunchPlan {
    /// Whether a member runs as our programs do it: `live` says nothing of it.
    static func isOurs(_ name: String, _ fleet: Fleet) -> Bool { fleet.live?.covers(name) != true }

    static func hasOwnBroker(_ fleet: Fleet) -> Bool { fleet.broker.servers.contains { isOurs($0.name, fleet) } }

    /// The fleet's own processes where `live` says so, ours (`standard`) for everybody else.
    static func processes(_ standard: [LaunchSpec.Process], _ layout: FleetLayout) -> [LaunchSpec.Process] {
        guard let live = layout.fleet.live else { return standard }
        let fleet = layout.fleet
        let places = ForeignPlaces(layout)
        let hosts = Dictionary(
            fleet.members.map { (fleet.name(of: $0), fleet.hosts[fleet.host(of: $0)].name) }
        ) { first, _ in first }
        return standard.filter { isOurs($0.name, fleet) }
            + live.processes.compactMap { process in
                hosts[process.name].map { LaunchSpec.Process(process, host: $0, places: places) }
            }
    }

    static func files(_ layout: FleetLayout) -> [LaunchSpec.File] {
        let places = ForeignPlaces(layout)
        return (layout.fleet.live?.files ?? []).map { LaunchSpec.File($0, places: places) }
    }
}
