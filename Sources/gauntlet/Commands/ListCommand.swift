import ArgumentParser
import ChaosCompare
import ChaosPlan
import ChaosScore
import Foundation

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract:
            "Shows the scenarios there are, which promise is put to the test by what, or what rests on assumptions.",
        discussion: """
            Examples:
              gauntlet list
              gauntlet list --promises
              gauntlet list --assumptions --scenario partition
            """)

    @Flag(help: "The matrix of promises and the objectives that cite them.")
    var promises = false

    @Flag(
        help: "Runs a scenario with each assumed number of its fleet at both ends of its range: which objectives flip.")
    var assumptions = false

    @Option(help: "The scenario to run for --assumptions (default: hub-failover).")
    var scenario: String?

    @Option(parsing: .unconditional, help: "How many seeds to run for --assumptions, from 1 on (default: 1).")
    var seeds: Int?

    @Flag(help: "As JSON.")
    var json = false

    @Flag(help: "No progress.")
    var quiet = false

    func validate() throws {
        guard !promises || !assumptions else {
            throw ValidationError("--promises and --assumptions are two lists; ask for one")
        }
        for (name, isGiven) in [("--scenario", scenario != nil), ("--seeds", seeds != nil)]
        where isGiven && !assumptions {
            throw ValidationError("\(name) is for --assumptions alone")
        }
        if let seeds, !(1...10_000).contains(seeds) {
            throw ValidationError("--seeds takes 1 to 10,000, not \(seeds)")
        }
    }

    func run() async throws {
        if assumptions { return try await listAssumptions() }
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
            try show(catalogue)
        }
    }

    private func show(_ catalogue: [Catalogue.Entry]) throws(Failure) {
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

    private func listAssumptions() async throws {
        let scenario = scenario ?? "hub-failover"
        let reference = try ScenarioLocator.find(scenario)
        let loaded = try LoadedPlan.load(reference, overrides: [], disable: [], fleetFile: nil)
        let text = loaded.files[0].text
        let progress = ProgressMeter(label: "assumptions", isEnabled: !quiet)
        let report = await Assumptions.flips(
            // A plan that a value makes impossible is the report's to tell, not standard error's.
            read: { LoadedPlan.read(text, reference, overrides: $0).plan }, parameters: loaded.plan.fleet.parameters,
            seeds: (1...UInt64(seeds ?? 1)).map { $0 }, jobs: ProcessInfo.processInfo.activeProcessorCount
        ) { done, all in progress.update(Double(done) / Double(max(1, all))) }
        progress.finish()
        if let failure = report.failure { throw Failure(.toolFailure, "\(scenario): \(failure)") }
        try json ? Terminal.say(JSONText.encode(AssumptionsRecord(report))) : Terminal.write(report.text)
    }
}
