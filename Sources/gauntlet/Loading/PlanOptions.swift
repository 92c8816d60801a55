import ArgumentParser
import ChaosPlan

/// What names a plan: shared by `run` and `plan`.
struct PlanOptions: ParsableArguments {
    @Argument(
        help: "A scenario's name or file; `NAME@VARIANT` for a variant.",
        completion: .custom { _, _, _ in ScenarioLocator.catalogue().map { ScenarioLocator.name(of: $0) } })
    var scenario: String

    @Option(parsing: .unconditional, help: "Decides every choice that chance makes (default: 1).", transform: seed)
    var seed: UInt64 = 1

    @Option(help: "A fleet's file or name, in place of the scenario's own.")
    var fleet: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Overrides a value of the scenario, or of the fleet (`fleet.…`). May be repeated.", valueName: "path=value")
    )
    var overrides: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Switches a mechanism of the fleet off. May be repeated.", valueName: "mechanism"),
        transform: mechanism)
    var disable: [Mechanism] = []

    func load() throws(Failure) -> LoadedPlan {
        let reference = try ScenarioLocator.find(scenario)
        let fleet: String? = if let fleet { try ScenarioLocator.fleet(fleet) } else { nil }
        return try LoadedPlan.load(reference, overrides: overrides, disable: disable, fleetFile: fleet)
    }

    /// The options again, as words: for a command that repeats one of many seeds.
    func words(seed: UInt64) -> [String] {
        [scenario, "--seed", String(seed)] + (fleet.map { ["--fleet", $0] } ?? [])
            + overrides.flatMap { ["--set", $0] }
            + disable.flatMap { ["--disable", $0.rawValue] }
    }

    private static func seed(_ text: String) throws -> UInt64 {
        guard let seed = UInt64(text) else { throw ValidationError("--seed takes 0 to \(UInt64.max)") }
        return seed
    }

    private static func mechanism(_ text: String) throws -> Mechanism {
        guard let mechanism = Mechanism(rawValue: text) else {
            throw ValidationError(
                "no mechanism `\(text)`; \(NearestWord.hint(text, among: Mechanism.allCases.map(\.rawValue)))")
        }
        return mechanism
    }
}
