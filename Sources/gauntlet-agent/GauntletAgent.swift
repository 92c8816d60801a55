import ArgumentParser

@main
struct GauntletAgent: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "gauntlet-agent", abstract: "Being built.")
}
