import ChaosCompare
import ChaosPlan
import ChaosRun
import ChaosScore
import ChaosSim
import Foundation

/// What one child process does: measures one thing, prints `name=value` lines.
enum Measurements {
    struct Refused: Error, CustomStringConvertible {
        var description: String
    }

    static func run(_ arguments: [String]) async throws {
        switch arguments.first {
        case "scenario" where arguments.count >= 4:
            try await scenario(
                arguments[1], seed: UInt64(arguments[2])!, journal: arguments[3], overrides: Array(arguments[4...]))
        case "seeds" where arguments.count == 4:
            try await seeds(arguments[1], count: UInt64(arguments[2])!, jobs: Int(arguments[3])!)
        case "hold" where arguments.count == 5:
            hold(
                pending: Int(arguments[1])!, warmUp: Int(arguments[2])!, holds: Int(arguments[3])!,
                seed: UInt64(arguments[4])!)
        case "history" where arguments.count == 4:
            try HistoryFill.run(arguments[1], count: Int(arguments[2])!, scenarios: Int(arguments[3])!)
        case "command" where arguments.count >= 2:
            try command(arguments[1], Array(arguments[2...]))
        default:
            throw Refused(
                description:
                    "measure command PROGRAM [ARGUMENT…] | scenario FILE SEED JOURNAL [path=value…] | seeds FILE COUNT JOBS | history FOLDER COUNT SCENARIOS | hold PENDING WARM-UP HOLDS SEED"
            )
        }
    }

    /// A program as its user meets it, its start included.
    private static func command(_ program: String, _ arguments: [String]) throws {
        let began = ContinuousClock.now
        let child = try Child.run(program, arguments)
        print("wall=\(Machine.seconds(since: began))")
        print("memory=\(Machine.peakMemory(of: RUSAGE_CHILDREN))")
        print("status=\(child.status)")
    }

    /// From reading the scenario to its journal on disk and its scorecard in memory.
    private static func scenario(_ file: String, seed: UInt64, journal: String, overrides: [String]) async throws {
        let began = ContinuousClock.now
        let plan = try plan(file, overrides: overrides)
        let descriptor = open(journal, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else { throw Refused(description: "\(journal): \(String(cString: strerror(errno)))") }
        var scorer: Scorer?
        var totals = Totals()
        let result = try await SimulatedRun.run(plan, seed: seed, to: .file(descriptor)) { header in
            scorer = Scorer(header: header, plan: plan)
            return [
                { record in
                    scorer!.consume(record)
                    if case .totals(let final) = record.event { totals = final }
                }
            ]
        }
        let scorecard = scorer!.finish()
        close(descriptor)
        let wall = Machine.seconds(since: began)
        if let failure = result.writeFailure {
            throw Refused(description: "\(journal): \(String(cString: strerror(failure)))")
        }
        print("wall=\(wall)")
        print("user=\(Machine.userSeconds())")
        print("cpu=\(Machine.cpuSeconds())")
        print("memory=\(Machine.peakMemory())")
        print("events=\(result.statistics.events - result.statistics.heartbeats)")
        print("heartbeats=\(result.statistics.heartbeats)")
        print("pending=\(result.statistics.peakPending)")
        print("requests=\(totals.requests)")
        print("messages=\(totals.published)")
        print("simulated=\(Double(plan.phases.end) / Double(Nanoseconds.second))")
        print("journal=\(result.journalSize)")
        print("hash=\(result.hash.text)")
        print("verdict=\(scorecard.verdict.rawValue)")
    }

    private static func seeds(_ file: String, count: UInt64, jobs: Int) async throws {
        let plan = try plan(file, overrides: [])
        let began = ContinuousClock.now
        let trials = try await Trial.run(plan, seeds: Array(1...count), jobs: jobs)
        let wall = Machine.seconds(since: began)
        print("wall=\(wall)")
        print("cpu=\(Machine.cpuSeconds())")
        print("memory=\(Machine.peakMemory())")
        print("events=\(trials.reduce(0) { $0 + $1.statistics.events - $1.statistics.heartbeats })")
    }

    private static func hold(pending: Int, warmUp: Int, holds: Int, seed: UInt64) {
        var model = HoldModel(pending: pending, seed: seed)
        model.run(holds: warmUp)
        let began = Machine.cpuSeconds()
        model.run(holds: holds)
        let seconds = Machine.cpuSeconds() - began
        let digits = String(model.checksum, radix: 16)
        print("seconds=\(seconds)")
        print("checksum=\(String(repeating: "0", count: 16 - digits.count))\(digits)")
    }

    private static func plan(_ file: String, overrides: [String]) throws -> Plan {
        let directory = URL(fileURLWithPath: file).deletingLastPathComponent()
        let reading = PlanReader.read(
            scenario: try String(contentsOfFile: file, encoding: .utf8), file: file, overrides: overrides
        ) { path in
            try? String(contentsOf: directory.appendingPathComponent(path), encoding: .utf8)
        }
        guard let plan = reading.plan else {
            throw Refused(description: reading.problems.map { "\($0)" }.joined(separator: "\n"))
        }
        return plan
    }
}
