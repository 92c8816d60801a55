import ChaosCompare
import ChaosPlan
import ChaosScore
import Foundation
import Testing

/// GAUNTLET_FULL=1 takes more seeds; without it a part of them, for every day.
let isFull = ProcessInfo.processInfo.environment["GAUNTLET_FULL"] == "1"

/// A scenario of the catalogue, or one of its variants.
struct Entry: Hashable, CustomTestStringConvertible {
    var name: String
    var variant: String?

    /// As the command line takes it: `partition@2min`.
    var title: String { name + (variant.map { "@" + $0 } ?? "") }
    var testDescription: String { title }
}

/// The shipped files.
enum Catalogue {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../scenarios")
        .standardized

    /// Files beside the scenarios that are none.
    private static let others = ["objectives.yaml", "promises.yaml"]

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return files.filter { $0.hasSuffix(".yaml") && !others.contains($0) }.map { String($0.dropLast(5)) }.sorted()
    }()

    /// A week takes minutes in a debug build: the soak is run shortened, see `Soak`.
    static let long = ["soak-168h"]

    static var all: [Entry] {
        names.flatMap { name in
            [Entry(name: name)] + read(Entry(name: name)).variants.map { Entry(name: name, variant: $0) }
        }
    }

    static var short: [Entry] { all.filter { !long.contains($0.name) } }

    /// Without the variants.
    static var scenarios: [Entry] { short.filter { $0.variant == nil } }

    static func text(_ path: String) -> String? {
        try? String(contentsOf: directory.appending(path: path), encoding: .utf8)
    }

    static func read(_ entry: Entry, set overrides: [String] = [], without mechanisms: [Mechanism] = []) -> Reading {
        PlanReader.read(
            scenario: text(entry.name + ".yaml") ?? "", file: entry.name + ".yaml", variant: entry.variant,
            overrides: overrides, disable: mechanisms, load: text)
    }

    static func plan(
        _ entry: Entry, set overrides: [String] = [], without mechanisms: [Mechanism] = []
    ) throws -> Plan {
        let reading = read(entry, set: overrides, without: mechanisms)
        return try #require(reading.plan, "\(entry.title): \(reading.problems)")
    }
}

/// Scorecards of the plans as they stand, each run once for all tests.
actor Scorecards {
    static let shared = Scorecards()

    private struct Key: Hashable {
        var entry: Entry
        var seed: UInt64
    }

    private var running: [Key: Task<Scorecard, any Error>] = [:]

    func of(_ entry: Entry, seed: UInt64) async throws -> Scorecard {
        let key = Key(entry: entry, seed: seed)
        if let task = running[key] { return try await task.value }
        let task = Task.detached { try await Trial.run(Catalogue.plan(entry), seed: seed).scorecard }
        running[key] = task
        return try await task.value
    }

    /// The same draws, and no fault happens.
    static func faultless(_ plan: Plan, seed: UInt64) async throws -> Scorecard {
        var schedule = Schedule.draw(plan, seed: seed)
        schedule.instances = []
        return try await Trial.run(plan, seed: seed, schedule: schedule).scorecard
    }
}

extension Scorecard {
    /// Ids of the objectives that count and were missed.
    var missed: Set<String> {
        Set(objectives.filter { $0.judgement == .missed && !$0.objective.advisory }.map(\.objective.id))
    }

    var held: Set<String> { Set(objectives.filter { $0.judgement == .held }.map(\.objective.id)) }

    /// What a reader needs when an expectation about it fails.
    var why: String {
        let bad = objectives.filter { $0.judgement != .held }.map(\.explanation)
        return "seed \(seeds): \(verdict), \((bad + findings).joined(separator: " | "))"
    }

    /// Whether anything that an operator looks at was measured otherwise: an objective, or a fact about clients or messages.
    /// Transitions of mechanisms prove nothing, for they fire without need too; what only one of the two could measure,
    /// nothing either.
    func measuresOtherwise(than other: Scorecard) -> Bool {
        let values = zip(objectives, other.objectives).contains { mine, theirs in
            guard let mine = mine.value, let theirs = theirs.value else { return false }
            return mine != theirs
        }
        return values || facts.seenByOperators != other.facts.seenByOperators
    }
}

extension Facts {
    /// Availability, latency, and what became of messages.
    fileprivate var seenByOperators: [Double] {
        let latencies = [latencyP50, latencyP95, latencyP99].map { $0.map(Double.init) ?? -1 }
        let messages = [
            totals.bufferHighWater, totals.bufferDropped, totals.indeterminate, totals.duplicated, totals.outOfOrder,
        ]
        return [availability, successRatio] + latencies + messages.map(Double.init)
    }
}
