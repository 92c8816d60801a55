internal import ChaosCalendar
internal import Foundation

/// The command lines that the service starts.
struct GauntletCommand {
    private let settings: ServiceSettings

    init(_ settings: ServiceSettings) { self.settings = settings }

    func run(_ job: CalendarJob) -> [String] {
        [
            settings.gauntlet, "run", job.scenario, "--seed", "\(job.seed)", "--world", job.world, "--out",
            job.out ?? settings.reports,
        ]
            + options(job) + ["--json", "--quiet"]
            + (job.world == "simulated" ? settings.pace.map { ["--pace", $0] } ?? [] : [])
    }

    /// The same plan and seed in the simulator.
    func rehearse(_ job: CalendarJob) -> [String] {
        [
            settings.gauntlet, "run", job.scenario, "--seed", "\(job.seed)", "--world", "simulated", "--out",
            "\(settings.reports)/rehearsals",
        ] + options(job) + ["--json", "--quiet"]
    }

    func plan(_ scenario: String, fleet: String? = nil, overrides: [String] = [], seed: UInt64 = 1) -> [String] {
        [settings.gauntlet, "plan", scenario, "--seed", "\(seed)", "--json"] + (fleet.map { ["--fleet", $0] } ?? [])
            + overrides.flatMap { ["--set", $0] }
    }

    func fleetStatus(_ fleet: String) -> [String] { [settings.gauntlet, "fleet", "status", fleet, "--json"] }

    func prune(_ retention: RunRetention) -> [String] {
        [settings.gauntlet, "prune", "--out", settings.reports]
            + (retention.runs.map { ["--keep-last", "\($0)"] } ?? [])
            // Whole days, and rather one too many.
            + (retention.age.map { ["--keep-days", "\(($0 + 86_399) / 86_400)"] } ?? [])
    }

    private func options(_ job: CalendarJob) -> [String] {
        (job.fleetFile.map { ["--fleet", $0] } ?? []) + job.overrides.flatMap { ["--set", $0] }
    }
}

/// What `gauntlet fleet status NAME --json` says of a fleet.
enum FleetHealth {
    private struct Status: Decodable {
        struct Process: Decodable {
            var name: String
            var state: String
            var isReady: Bool
        }
        var processes: [Process]
    }

    /// Nil for one that is well, and for one that is not up: the run brings it up, and is not started unless it is well.
    static func sickness(_ end: ProgramEnd) -> String? {
        if end.code == 69 { return nil }
        guard end.code == 0 else { return end.lastWords }
        // Its keys are in camel case.
        guard let status = try? JSONDecoder().decode(Status.self, from: Data(end.output.utf8)) else {
            return "its status cannot be read"
        }
        let sick = status.processes.filter { !$0.isReady }
        guard let first = sick.first else { return nil }
        let others = sick.count > 1 ? ", and \(sick.count - 1) more are not ready" : ""
        return "\(first.name) is \(first.state)\(others)"
    }
}
