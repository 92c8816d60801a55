import ArgumentParser

@main
struct Gauntlet: ParsableCommand {
    func run() { print("gauntlet") }
}
