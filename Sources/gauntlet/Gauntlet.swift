import ArgumentParser
import ChaosPlan
import ChaosRun
import ChaosScore
import ChaosSim
import Foundation

@main
struct Gauntlet: AsyncParsableCommand {
    @Argument var file: String
    @Option var seed: UInt64 = 1
    @Option var set: [String] = []
    @Option var disable: [String] = []
    @Flag var explicit = false
    func run() async throws {
        let parts = file.split(separator: "@").map(String.init)
        let text = try String(contentsOfFile: parts[0], encoding: .utf8)
        let directory = URL(fileURLWithPath: parts[0]).deletingLastPathComponent()
        let reading = PlanReader.read(scenario: text, file: parts[0], variant: parts.count > 1 ? parts[1] : nil, overrides: set, disable: disable.compactMap { Mechanism(rawValue: $0) }) { path in
            try? String(contentsOf: directory.appendingPathComponent(path), encoding: .utf8)
        }
        for p in reading.problems { print(p) }
        guard let plan = reading.plan else { return }
        var scorer: Scorer?
        let began = ContinuousClock.now
        let fd = open("/tmp/journal.jsonl", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        let result = try await SimulatedRun.run(plan, seed: seed, to: .file(fd), heartbeats: explicit ? .explicit : .elided, listeners: { header in
            scorer = Scorer(header: header, plan: plan)
            return [{ scorer!.consume($0) }]
        })
        let card = scorer!.finish()
        print(result.statistics, result.hash.text, result.journalSize, began.duration(to: .now), result.outcome)
        print(card.verdict, card.score ?? -1, card.coverage, card.findings)
        for o in card.objectives { print(" ", o.judgement, o.objective.id, o.value ?? -1, o.explanation) }
        print(card.facts.availability, card.facts.totals)
        for f in card.facts.mechanismCounts { print("   ", f.mechanism, f.transitions) }
    }
}
