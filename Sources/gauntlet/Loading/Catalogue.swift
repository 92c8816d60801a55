import ChaosPlan

/// The scenarios there are.
enum Catalogue {
    struct Entry: Encodable {
        struct Citation: Encodable {
            var objective: String
            var promise: String
        }

        var name: String
        var file: String
        var summary: String
        var fleet: String?
        var exercises: String?
        var variants: [String]
        /// Objectives that cite a promise.
        var cites: [Citation]
        var isValid: Bool
    }

    static func read() -> [Entry] {
        ScenarioLocator.catalogue().map { file in
            let text = (try? TextFile.read(file)) ?? ""
            let reading = LoadedPlan.read(text, ScenarioReference(file: file, variant: nil))
            guard let plan = reading.plan else {
                return Entry(
                    name: ScenarioLocator.name(of: file), file: file,
                    summary: "(invalid: see \(ShellWord.join(["gauntlet", "check", file])))",
                    variants: reading.variants, cites: [], isValid: false)
            }
            return Entry(
                name: ScenarioLocator.name(of: file), file: file, summary: plan.summary, fleet: plan.fleet.name,
                exercises: plan.exercises?.rawValue, variants: reading.variants,
                cites: plan.objectives.compactMap { objective in
                    objective.promise.map { .init(objective: objective.id, promise: $0) }
                },
                isValid: true)
        }
    }
}
