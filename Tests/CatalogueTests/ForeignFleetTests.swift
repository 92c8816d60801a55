import ChaosCompare
import ChaosPlan
import ChaosScore
import Foundation
import Testing

/// Scenarios of fleets that are not ours lie in a directory of their own. What saves such a fleet is in its programs, which only
/// the live world runs: here they must read, draw and run, and nothing is said of their verdict.
@Suite struct ForeignFleetTests {
    private static let names: [String] = {
        let directory = Catalogue.directory.appending(path: "byo")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }()

    private func plan(_ name: String) throws -> Plan {
        let reading = PlanReader.read(scenario: Catalogue.text("byo/\(name).yaml") ?? "", file: "\(name).yaml") {
            Catalogue.text("byo/\($0)")
        }
        #expect(reading.problems == [])
        return try #require(reading.plan)
    }

    @Test("there are such scenarios")
    func some() { #expect(!Self.names.isEmpty) }

    @Test("each reads without a problem and says how its fleet runs live", arguments: names)
    func reads(name: String) throws {
        let plan = try plan(name)
        #expect(plan.name == name)
        let live = try #require(plan.fleet.live)
        #expect(live.clients.count == plan.fleet.agents.count)
        #expect(!plan.objectives.isEmpty)
        #expect(plan.exercisesNothingBecause?.hasSuffix(".") == true)
    }

    @Test("the simulated world runs each to its end, with neither hubs nor a broker", arguments: names)
    func simulates(name: String) async throws {
        let plan = try plan(name)
        #expect(plan.fleet.hubs.isEmpty && plan.fleet.broker.servers.isEmpty)
        let trial = try await Trial.run(plan, seed: 1)
        #expect(trial.scorecard.facts.totals.requests > 100)
        #expect(trial.scorecard.faults.allSatisfy { $0.landed })
        let faultless = try await Scorecards.faultless(plan, seed: 1)
        #expect(faultless.facts.totals.succeeded == faultless.facts.totals.requests)
    }
}
