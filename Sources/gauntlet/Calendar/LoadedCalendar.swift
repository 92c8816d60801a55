import ChaosCalendar
import ChaosPlan

/// A calendar with the plans of its entries.
struct LoadedCalendar {
    var calendar: RunCalendar
    /// By entry; those whose plan cannot be read are missing.
    var facts: [String: PlanFacts]
    /// Of the calendar's own file, and of the plans that it names.
    var problems: [String]

    static let usual = "calendar.yaml"

    /// All problems of the file go to standard error.
    static func load(_ file: String) throws(Failure) -> LoadedCalendar {
        let (calendar, problems) = CalendarReader.read(text: try TextFile.read(file), file: file)
        for problem in problems { Terminal.note(problem.description) }
        guard let calendar else {
            let errors = problems.count { $0.severity == .error }
            throw Failure(.invalidPlan, "\(file): \(errors) error\(errors == 1 ? "" : "s")")
        }
        var loaded = LoadedCalendar(calendar: calendar, facts: [:], problems: [])
        for entry in calendar.entries {
            do throws(Failure) {
                loaded.facts[entry.id] = try facts(of: entry)
            } catch {
                loaded.problems.append("\(file): run `\(entry.id)`: \(error.message)")
            }
        }
        return loaded
    }

    func length(of entry: CalendarEntry) -> Int64 { facts[entry.id]?.length ?? 0 }

    /// Without a word about the plan's warnings: they are `gauntlet check`'s.
    private static func facts(of entry: CalendarEntry) throws(Failure) -> PlanFacts {
        let reference = try ScenarioLocator.find(entry.scenario)
        let fleet: String? = if let fleet = entry.fleet { try ScenarioLocator.fleet(fleet) } else { nil }
        let reading = LoadedPlan.read(
            try TextFile.read(reference.file), reference, overrides: entry.overrides, fleetFile: fleet)
        guard let plan = reading.plan else {
            let first = reading.problems.first { $0.severity == .error }
            throw Failure(.invalidPlan, first?.description ?? "\(reference.file) cannot be read")
        }
        let radius = Schedule.draw(plan, seed: 1).blastRadius
        return PlanFacts(
            fleet: plan.fleet.name, agents: plan.fleet.agents.count,
            length: (plan.phases.end + .second - 1) / .second,
            blastRadius: PlanFacts.words(
                hosts: radius.hosts.count, agents: radius.agents.count, exposed: radius.exposed.count))
    }
}
