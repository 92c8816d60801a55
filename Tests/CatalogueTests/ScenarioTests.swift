import ChaosCompare
import ChaosPlan
import ChaosScore
import Testing

/// What each scenario says of itself: that its faults matter, and its mechanism, and that what it expects happens.
@Suite struct ScenarioTests {
    @Test(arguments: Catalogue.all)
    func `every scenario and variant reads without an error`(entry: Entry) throws {
        let reading = Catalogue.read(entry)
        #expect(reading.problems.filter { $0.severity == .error } == [])
        let plan = try #require(reading.plan)
        #expect(plan.name == entry.name, "the file is called otherwise")
        #expect(!plan.summary.isEmpty)
    }

    @Test(arguments: Catalogue.scenarios, [UInt64(1)])
    func `without its faults a scenario measures something else`(entry: Entry, seed: UInt64) async throws {
        let plan = try Catalogue.plan(entry)
        guard !plan.faults.isEmpty else { return }
        let with = try await Scorecards.shared.of(entry, seed: seed)
        let without = try await Scorecards.faultless(plan, seed: seed)
        #expect(with.measuresOtherwise(than: without), "\(with.why)")
    }

    @Test func `only the control and the flood of logs have no faults, and settings make the flood`() async throws {
        let faultless = try Catalogue.names.filter { try Catalogue.plan(Entry(name: $0)).faults.isEmpty }
        #expect(faultless == ["control", "log-flood"])
        let flood = Entry(name: "log-flood")
        let usual = try Catalogue.plan(flood, set: ["fleet.policies.logs.bytes-per-request=2KiB"])
        let without = try await Trial.run(usual, seed: 1).scorecard
        #expect(try await Scorecards.shared.of(flood, seed: 1).measuresOtherwise(than: without))
    }

    @Test(arguments: Catalogue.scenarios.flatMap { entry in (Verdicts.decided[entry.name] ?? [1]).map { (entry, $0) } })
    func `without the mechanism it exercises a scenario misses what it held`(entry: Entry, seed: UInt64) async throws {
        guard let mechanism = try Catalogue.plan(entry).exercises else { return }
        let with = try await Scorecards.shared.of(entry, seed: seed)
        let plan = try Catalogue.plan(entry, without: [mechanism])
        let without = try await Trial.run(plan, seed: seed).scorecard
        #expect(
            !with.held.intersection(without.missed).isEmpty,
            "\(mechanism.rawValue) off, held with it: \(with.held.sorted()); without: \(without.why)")
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `an expired credential passes for nobody until somebody rotates it`(seed: UInt64) async throws {
        let entry = Entry(name: "credential-expired")
        var forgotten = Schedule.draw(try Catalogue.plan(entry), seed: seed)
        forgotten.instances.removeAll { $0.fault == .credential(rotate: true) }
        let rotated = try await Scorecards.shared.of(entry, seed: seed)
        let left = try await Trial.run(Catalogue.plan(entry), seed: seed, schedule: forgotten).scorecard
        let lost = [rotated, left].map { card in card.faults.first?.lostAgentSeconds ?? 0 }
        #expect(
            lost[0] > 5 && lost[1] > 1.5 * lost[0], "rotated after 30 s: \(lost[0]) agent-seconds, never: \(lost[1])")
        #expect(left.facts.mechanismCounts.allSatisfy { $0.mechanism != .credentialReload }, "nothing new to read")
    }

    @Test(arguments: Catalogue.all)
    func `only a canary, or who has no faults, exercises nothing, and says why`(entry: Entry) throws {
        let plan = try Catalogue.plan(entry)
        guard plan.exercises == nil else { return }
        let reason = try #require(plan.exercisesNothingBecause)
        #expect(
            plan.faults.isEmpty || Verdicts.canaries.contains(entry.name),
            "it has faults and names no mechanism that decides what they do")
        #expect(reason.count >= 40 && reason.hasSuffix("."), "a sentence, please: \(reason)")
    }

    @Test(arguments: Catalogue.short, [UInt64(1)])
    func `every mechanism that is expected fires`(entry: Entry, seed: UInt64) async throws {
        guard !Verdicts.inconclusive.contains(entry.title) else { return }
        let card = try await Scorecards.shared.of(entry, seed: seed)
        let fired = Set(card.facts.mechanismCounts.filter { $0.transitions > 0 }.map(\.mechanism))
        #expect(fired.isSuperset(of: try Catalogue.plan(entry).expect), "\(card.why)")
    }

    @Test func `every mechanism of the fleet is expected or exercised by some scenario`() throws {
        let plans = try Catalogue.names.map { try Catalogue.plan(Entry(name: $0)) }
        let named = Set(plans.flatMap { $0.expect + ($0.exercises.map { [$0] } ?? []) })
        #expect(Mechanism.allCases.filter { !named.contains($0) } == [])
    }
}
