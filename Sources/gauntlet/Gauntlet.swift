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
    @Flag var all = false
    func run() async throws {
        if all { try await catalogue(); return }
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

extension Gauntlet {
    func load(_ path: String, _ variant: String?, _ disable: [Mechanism]) -> Plan? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
        let reading = PlanReader.read(scenario: text, file: path, variant: variant, overrides: set, disable: disable) { path in
            try? String(contentsOf: directory.appendingPathComponent(path), encoding: .utf8)
        }
        if reading.plan == nil { for p in reading.problems { print(p) } }
        return reading.plan
    }
    func catalogue() async throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: file).sorted() where name.hasSuffix(".yaml") {
            if ["objectives.yaml", "promises.yaml", "soak-168h.yaml"].contains(name) { continue }
            let path = file + "/" + name
            guard let plan = load(path, nil, []) else { print(name, "UNREADABLE"); continue }
            func card(_ plan: Plan, empty: Bool = false) async throws -> (Scorecard, String) {
                var scorer: Scorer?
                var schedule = Schedule.draw(plan, seed: seed)
                if empty { schedule.instances = [] }
                let r = try await SimulatedRun.run(plan, seed: seed, schedule: schedule, listeners: { h in scorer = Scorer(header: h, plan: plan); return [{ scorer!.consume($0) }] })
                return (scorer!.finish(), r.hash.text)
            }
            let (base, _) = try await card(plan)
            let (none, _) = try await card(plan, empty: true)
            let differs = zip(base.objectives, none.objectives).contains { $0.value != $1.value || $0.judgement != $1.judgement } || base.facts.availability != none.facts.availability
            var mech = "nothing"
            if let m = plan.exercises {
                guard let off = load(path, nil, [m]) else { continue }
                let (without, _) = try await card(off)
                let worse = zip(base.objectives, without.objectives).filter { $0.judgement == .held && $1.judgement == .missed }.map { $0.1.explanation }
                mech = "\(m.rawValue) -> \(without.verdict) \(without.score ?? -1) " + (worse.isEmpty ? "NOT MISSED " + without.findings.joined(separator: ";") : worse.prefix(3).joined(separator: " | "))
            }
            print("\(name): \(base.verdict) \(base.score ?? -1) cov \(base.coverage) \(differs ? "faults-matter" : (plan.faults.isEmpty ? "no-faults" : "FAULTS DO NOT MATTER")); without \(mech)")
            for o in base.objectives where o.judgement != .held { print("      \(o.judgement) \(o.explanation)") }
            for f in base.findings { print("      finding: \(f)") }
        }
    }
}
