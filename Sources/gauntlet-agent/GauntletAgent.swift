import ArgumentParser

@main
struct GauntletAgent: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gauntlet-agent", abstract: "One process of a live fleet: an agent, a hub or a store.",
        subcommands: [AgentCommand.self, HubCommand.self, StoreCommand.self, ReaderCommand.self, StreamsCommand.self])
}
