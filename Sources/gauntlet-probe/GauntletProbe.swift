import ArgumentParser

@main
struct GauntletProbe: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "gauntlet-probe", abstract: "Being built.")
}
