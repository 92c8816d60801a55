import ChaosCompare
import ChaosPlan
import ChaosScore
import Testing

/// Verdicts, seed by seed: a new miss is noticed, and a vanished one too.
@Suite struct VerdictTests {
    static let seeds: [UInt64] = isFull ? [1, 2, 3, 4, 5] : [1, 2, 3]

    @Test(arguments: Catalogue.short, seeds)
    func `a scenario holds, but for the objectives that it is known to miss`(entry: Entry, seed: UInt64) async throws {
        let card = try await Scorecards.shared.of(entry, seed: seed)
        if Verdicts.inconclusive.contains(entry.title) {
            #expect(card.verdict == .inconclusive && card.missed.isEmpty, "\(card.why)")
            return
        }
        let known = Verdicts.miss(entry) ?? Verdicts.Miss(always: [])
        #expect(card.missed.isSuperset(of: known.always), "a miss has vanished: \(card.why)")
        #expect(card.missed.isSubset(of: known.always.union(known.sometimes)), "a new miss: \(card.why)")
        #expect(card.verdict == (card.missed.isEmpty ? .held : .deviated), "\(card.why)")
    }

    @Test(.enabled(if: isFull, "takes long: make full"), arguments: Verdicts.honestMisses.keys.sorted())
    func `what some seeds are said to miss, one of ten does`(title: String) async throws {
        let parts = title.split(separator: "@").map(String.init)
        let entry = Entry(name: parts[0], variant: parts.count > 1 ? parts[1] : nil)
        var missed: Set<String> = []
        for seed in UInt64(1)...10 { missed.formUnion(try await Scorecards.shared.of(entry, seed: seed).missed) }
        #expect(missed.isSuperset(of: Verdicts.honestMisses[title]!.sometimes), "only \(missed.sorted())")
    }

    @Test func `every miss is one of the catalogue, and has a remedy beside it that holds`() async throws {
        let titles = Set(Catalogue.short.map(\.title))
        let misses = Set(Verdicts.honestMisses.keys).union(Verdicts.plantedMisses.keys).subtracting(["canary-deviates"])
        #expect(misses.isSubset(of: titles), "unknown: \(misses.subtracting(titles).sorted())")
        #expect(misses == Set(Verdicts.remedies.keys))
        for (title, remedy) in Verdicts.remedies {
            #expect(titles.contains(remedy.title) && Verdicts.miss(remedy) == nil, "\(title): \(remedy.title)")
        }
    }

    @Test(arguments: Verdicts.honestMisses.keys.sorted())
    func `an honest miss is called one in its summary or explained in its file`(title: String) throws {
        let name = String(title.prefix { $0 != "@" })
        let text = try #require(Catalogue.text(name + ".yaml"))
        #expect(text.contains("honest miss") && text.contains("# A finding"), "\(name).yaml")
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `a retry storm ends with breakers and stays without them, long after its cause is gone`(
        seed: UInt64
    ) async throws {
        func goodput(_ card: Scorecard) throws -> Double {
            let result = card.objectives.first { $0.objective.metric == .goodputAfterHeal }
            return try #require(result?.value, "\(card.why)")
        }
        let storm = Entry(name: "retry-storm", variant: "no-breakers")
        let with = try await Scorecards.shared.of(Entry(name: "retry-storm"), seed: seed)
        let without = try await Scorecards.shared.of(storm, seed: seed)
        #expect(try goodput(with) >= 0.95, "\(with.why)")
        #expect(try goodput(without) < 0.7, "\(without.why)")
        // The same fleet without breakers is healthy as long as nothing stalls: the storm has no other cause.
        let calm = try await Scorecards.faultless(Catalogue.plan(storm), seed: seed)
        #expect(try goodput(calm) >= 0.95, "\(calm.why)")
    }
}
