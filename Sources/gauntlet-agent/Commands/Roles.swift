import ArgumentParser
import ChaosPlan
import FoundationEssentials

struct AgentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "agent", abstract: "Runs one of the fleet's agents.")

    @OptionGroup var options: ProcessOptions

    func run() throws {
        let bad = ProcessInfo.processInfo.environment["GAUNTLET_BAD_VERSION_PPM"] ?? "0"
        guard let partsPerMillion = Int64(bad), (0...1_000_000).contains(partsPerMillion) else {
            throw ValidationError("GAUNTLET_BAD_VERSION_PPM is “\(bad)”; it is a number of parts per million")
        }
        try options.run { parts in
            let fleet = parts.place.fleet
            let index = try options.index(in: fleet.agents.map(\.name), what: "agent")
            return AgentProcess(
                agent: index, parts: parts, badVersion: Share(partsPerMillion: partsPerMillion),
                publisher: Publisher(name: fleet.agents[index].name, parts: parts))
        }
    }
}

struct HubCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "hub", abstract: "Runs one of the fleet's hubs.")

    @OptionGroup var options: ProcessOptions

    func run() throws {
        try options.run { parts in
            HubProcess(hub: try options.index(in: parts.place.fleet.hubs.map(\.name), what: "hub"), parts: parts)
        }
    }
}

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Runs what stands in for one of the fleet's databases.")

    @OptionGroup var options: ProcessOptions

    func run() throws {
        try options.run { parts in
            StoreProcess(
                store: try options.index(in: parts.place.fleet.stores.map(\.name), what: "store"), parts: parts)
        }
    }
}
