import ChaosPlan

/// Collects the problems of files of every kind, each problem once however many variants or scenarios show it.
struct FileChecker {
    private(set) var problems: [Problem] = []
    private var seen: Set<Problem> = []

    var errorCount: Int { problems.count { $0.severity == .error } }
    var warningCount: Int { problems.count { $0.severity == .warning } }

    mutating func check(_ name: String) throws(Failure) {
        let reference = try ScenarioLocator.find(name)
        let text = try TextFile.read(reference.file)
        switch FileKind.of(text: text) {
        case .fleet: checkFleet(text, file: reference.file)
        case .promises: add(PromiseBook.read(text: text, file: reference.file).1)
        // Blocks mean something only in the scenarios that use them, and are checked with those.
        case .objectives: break
        case .scenario, nil: checkScenario(text, reference)
        }
    }

    private mutating func checkScenario(_ text: String, _ reference: ScenarioReference) {
        let directory = reference.file.lastIndex(of: "/").map { String(reference.file[...$0]) } ?? ""
        func read(_ variant: String?) -> Reading {
            LoadedPlan.read(text, ScenarioReference(file: reference.file, variant: variant))
        }
        let base = read(nil)
        let variants = reference.variant.map { [$0] } ?? base.variants
        for reading in [base] + variants.map({ read($0) }) {
            add(reading.problems)
            guard let plan = reading.plan else { continue }
            // At the fleet, where they can be acted upon, and so only once for all scenarios that share it and its load.
            let fleet = reading.files.dropFirst().first { FileKind.of(text: $0.text) == .fleet }.map {
                directory + $0.path
            }
            add(fleetWarnings(plan.fleet, plan.workload), at: fleet ?? reference.file)
        }
    }

    private mutating func checkFleet(_ text: String, file: String) {
        let (fleet, problems) = FleetReader.read(text: text, file: file)
        add(problems)
        // A fleet alone has no load; this is what the catalogue's scenarios mostly put on it.
        let load = Workload(
            requests: Rate(interval: .second / 2), requestTimeout: .second / 2, messages: Rate(interval: .second),
            stream: "")
        if let fleet { add(fleetWarnings(fleet, load), at: file) }
    }

    private mutating func add(_ warnings: [FleetWarning], at file: String) {
        add(
            warnings.map {
                Problem(
                    place: Place(file: file, line: 1, column: 1), severity: .warning,
                    message: "\($0.message) [\($0.topic.rawValue)]", hint: "")
            })
    }

    private mutating func add(_ more: [Problem]) {
        for problem in more where seen.insert(problem).inserted { problems.append(problem) }
    }
}
