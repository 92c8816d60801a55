import ChaosPlan

/// A plan, with all that was read for it.
struct LoadedPlan {
    var plan: Plan
    var files: [Reading.File]
    var variant: String?
    var overrides: [String]
    var disable: [Mechanism]
    var fleetFile: String?

    /// Reads a scenario from its place; its problems go to standard error, all of them.
    static func load(
        _ reference: ScenarioReference, overrides: [String], disable: [Mechanism], fleetFile: String?
    ) throws(Failure) -> LoadedPlan {
        let reading = read(
            try TextFile.read(reference.file), reference, overrides: overrides, disable: disable, fleetFile: fleetFile)
        return try accept(
            reading, file: reference.file, variant: reference.variant, overrides: overrides, disable: disable,
            fleetFile: fleetFile)
    }

    /// A scenario's text with what it refers to, relative to its file.
    static func read(
        _ text: String, _ reference: ScenarioReference, overrides: [String] = [], disable: [Mechanism] = [],
        fleetFile: String? = nil
    ) -> Reading {
        let directory = reference.file.lastIndex(of: "/").map { String(reference.file[...$0]) } ?? ""
        return PlanReader.read(
            scenario: text, file: reference.file, variant: reference.variant, overrides: overrides, disable: disable,
            fleetFile: fleetFile
        ) { path in
            try? TextFile.read(path == fleetFile || path.hasPrefix("/") ? path : directory + path)
        }
    }

    /// Reads the plan of an old run from the files in its own directory, and from nothing else.
    static func load(_ record: RunRecord, in store: RunStore) throws(Failure) -> LoadedPlan {
        guard let scenario = record.files.first else {
            throw Failure(.invalidPlan, "\(store.path(of: RunStore.record)): names no scenario")
        }
        let mechanisms = record.disable.compactMap { Mechanism(rawValue: $0) }
        let file = store.path(of: scenario.stored)
        let reading = PlanReader.read(
            scenario: try TextFile.read(file), file: file, variant: record.variant, overrides: record.overrides,
            disable: mechanisms, fleetFile: record.fleetFile
        ) { path in
            record.files.dropFirst().first { $0.path == path }
                .flatMap { try? TextFile.read(store.path(of: $0.stored)) }
        }
        return try accept(
            reading, file: file, variant: record.variant, overrides: record.overrides, disable: mechanisms,
            fleetFile: record.fleetFile)
    }

    private static func accept(
        _ reading: Reading, file: String, variant: String?, overrides: [String], disable: [Mechanism],
        fleetFile: String?
    ) throws(Failure) -> LoadedPlan {
        for problem in reading.problems { Terminal.note(problem.description) }
        guard var plan = reading.plan else {
            let errors = reading.problems.count { $0.severity == .error }
            throw Failure(.invalidPlan, "\(file): \(errors) error\(errors == 1 ? "" : "s"); nothing was run")
        }
        // Journals and reports name the variant; the digest does not depend on names.
        if let variant { plan.name += "@\(variant)" }
        return LoadedPlan(
            plan: plan, files: reading.files, variant: variant, overrides: overrides, disable: disable,
            fleetFile: fleetFile)
    }
}
