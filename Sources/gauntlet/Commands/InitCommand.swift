import ArgumentParser

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Writes a small commented scenario and its fleet to start from.",
        discussion: "Example: gauntlet init, then: gauntlet run my-first")

    @Argument(help: "Where to write them.")
    var directory = "scenarios"

    func run() async throws {
        var root = directory
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        let files = [
            ("\(root)/my-first.yaml", StarterScenario.text), ("\(root)/fleets/my-fleet.yaml", StarterFleet.text),
        ]
        for (path, _) in files where TextFile.exists(path) {
            throw Failure(.toolFailure, "\(path) exists; nothing was written")
        }
        try TextFile.makeDirectory("\(root)/fleets")
        for (path, text) in files {
            try TextFile.write(text, to: path)
            try Terminal.say(path)
        }
        let scenario = root == "scenarios" ? "my-first" : files[0].0
        try Terminal.say("Run it with: \(ShellWord.join(["gauntlet", "run", scenario]))")
    }
}
