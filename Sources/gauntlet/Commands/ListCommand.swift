import ArgumentParser

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows the scenarios there are, or which promise is put to the test by what.",
        discussion: """
            Examples:
              gauntlet list
              gauntlet list --promises
            """)

    @Flag(help: "The matrix of promises and the objectives that cite them.")
    var promises = false

    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
        let catalogue = Catalogue.read()
        guard !catalogue.isEmpty else {
            throw Failure(
                .unavailable,
                "no scenarios here; look for them with GAUNTLET_SCENARIOS=DIR, or write some with `gauntlet init`")
        }
        if promises {
            let matrix = try PromiseMatrix.read(catalogue)
            try json ? Terminal.say(JSONText.encode(matrix)) : Terminal.write(matrix.text)
        } else if json {
            try Terminal.say(JSONText.encode(catalogue))
        } else {
            let width = catalogue.map(\.name.count).max() ?? 0
            for entry in catalogue {
                let name = entry.name + String(repeating: " ", count: width - entry.name.count)
                try Terminal.say("\(name)  \(entry.summary)")
                if !entry.variants.isEmpty {
                    let variants = entry.variants.map { "\(entry.name)@\($0)" }.joined(separator: " ")
                    try Terminal.say("\(String(repeating: " ", count: width))  \(variants)")
                }
            }
        }
    }
}
