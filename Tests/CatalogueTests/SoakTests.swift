import ChaosCompare
import ChaosPlan
import ChaosScore
import Testing

/// The week in an hour: each of its faults once, two and a half minutes apart.
enum Soak {
    static let entry = Entry(name: "soak-168h")

    static func plan(without mechanisms: [Mechanism] = []) throws -> Plan {
        var overrides = ["phases.baseline=1min", "phases.faults=61min", "phases.recovery=2min"]
        for (index, fault) in try Catalogue.plan(entry).faults.enumerated() {
            overrides.append("faults.\(fault.id).at=\(index * 150)s")
            overrides.append("faults.\(fault.id).every=2h")
            overrides.append("faults.\(fault.id).jitter=0s")
            if let length = fault.duration, length > 60 * .second { overrides.append("faults.\(fault.id).for=60s") }
        }
        return try Catalogue.plan(entry, set: overrides, without: mechanisms)
    }
}

@Suite struct SoakTests {
    /// Shares of the whole run: a fault every two and a half minutes is 24 times what they stand for.
    private static let dense: Set<String> = ["availability", "error-ratio", "latency-increase"]

    @Test(arguments: isFull ? [UInt64(1), 2, 3, 4, 5] : [1])
    func `the soak of an hour keeps all but the shares, and everything expected fires`(seed: UInt64) async throws {
        let plan = try Soak.plan()
        let card = try await Trial.run(plan, seed: seed).scorecard
        #expect(card.missed.subtracting(Self.dense) == [], "\(card.why)")
        #expect(card.objectives.allSatisfy { $0.judgement != .inconclusive }, "\(card.why)")
        #expect(card.inconclusiveReasons == [], "\(card.why)")
        let without = try await Scorecards.faultless(plan, seed: seed)
        #expect(card.measuresOtherwise(than: without))
    }

    @Test func `the soak of an hour misses a failover without the mechanism it exercises`() async throws {
        let mechanism = try #require(try Soak.plan().exercises)
        let with = try await Trial.run(Soak.plan(), seed: 1).scorecard
        let without = try await Trial.run(Soak.plan(without: [mechanism]), seed: 1).scorecard
        #expect(!with.held.intersection(without.missed).isEmpty, "seed 1: \(without.why)")
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `in the week a fault starts each hour, none overlaps another and each kind has its turn`(seed: UInt64) throws {
        let plan = try Catalogue.plan(Soak.entry)
        #expect(plan.phases.end == 168 * 3600 * .second)
        #expect(Set(plan.faults.map(\.fault.kind)) == Set(FaultKind.allCases))
        let spans = Schedule.draw(plan, seed: seed).instances.compactMap { instance -> ClosedRange<Nanoseconds>? in
            guard case .at(let start) = instance.start else { return nil }
            return start...start + (instance.duration ?? 60 * .second)
        }.sorted { $0.lowerBound < $1.lowerBound }
        #expect(spans.count >= 160, "\(spans.count) faults")
        for (one, next) in zip(spans, spans.dropFirst()) {
            #expect(one.upperBound < next.lowerBound, "\(one) and \(next)")
        }
    }
}
