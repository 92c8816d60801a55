import Foundation
import Testing

@Suite struct ReplayTests {
    @Test func aRunReplaysIdenticallyFromItsOwnDirectoryAlone() async throws {
        let sandbox = try Sandbox()
        let directory = try await sandbox.run(
            "hub-failover@slow-detector", "--seed", "5", "--set", "faults.kill-edge-hub.for=40s", "--disable", "retry"
        ).directory
        try FileManager.default.moveItem(at: sandbox.path(directory), to: sandbox.path("moved"))
        try FileManager.default.removeItem(at: sandbox.path("scenarios"))
        let replay = try await sandbox.gauntlet("replay", "moved")
        #expect(replay.code == 0, "\(replay.errors)")
        let card =
            try JSONSerialization.jsonObject(with: Data(try sandbox.text("moved/scorecard.json").utf8))
            as? [String: Any]
        let hash = try #require(card?["journal_hash"] as? String)
        #expect(replay.output == "identical: \(hash)\n")
    }

    /// The standard library orders its collections anew in every process, unless it is told not to: nothing of that may
    /// reach a journal.
    @Test func otherProcessesWriteTheSameJournalWhateverTheirHashSeed() async throws {
        let sandbox = try Sandbox()
        for seed in 1...3 {
            var hashes: Set<String> = []
            for environment in [[:], [:], ["SWIFT_DETERMINISTIC_HASHING": "1"]] {
                let run = try await sandbox.gauntlet(
                    "run", "partition", "--seed", "\(seed)", "--quiet", "--json", environment: environment)
                let record = try #require(try run.json()["scorecard"] as? [String: Any], "seed \(seed): \(run.errors)")
                hashes.insert(try #require(record["journal_hash"] as? String))
            }
            #expect(hashes.count == 1, "seed \(seed)")
        }
    }

    @Test func aRunWithAForeignFleetReplaysIdentically() async throws {
        let sandbox = try Sandbox()
        let directory = try await sandbox.run("first-steps", "--fleet", "scenarios/fleets/single-machine.yaml")
            .directory
        try FileManager.default.removeItem(at: sandbox.path("scenarios"))
        #expect(try await sandbox.gauntlet("replay", directory).code == 0)
    }

    @Test func aTamperedLineIsFoundWithBothVersionsAndItsTime() async throws {
        let sandbox = try Sandbox()
        let directory = try await sandbox.run("first-steps").directory
        var lines = try sandbox.text("\(directory)/journal.jsonl").split(
            separator: "\n", omittingEmptySubsequences: false)
        let index = try #require(lines.firstIndex { $0.contains("\"ev\":\"fault\"") && $0.contains("effective") })
        let original = lines[index]
        lines[index] = Substring(original.replacing("effective", with: "skipped"))
        try sandbox.write(lines.joined(separator: "\n"), to: "\(directory)/journal.jsonl")
        let replay = try await sandbox.gauntlet("replay", directory)
        #expect(replay.code == 70)
        #expect(
            replay.lines == [
                "diverged at line \(index + 1), 35.000 s into the run", "  recorded  \(lines[index])",
                "  replayed  \(original)",
            ])
    }

    @Test func aJournalThatEndsEarlyDivergesWhereItEnds() async throws {
        let sandbox = try Sandbox()
        let directory = try await sandbox.run("first-steps").directory
        let lines = try sandbox.text("\(directory)/journal.jsonl").split(separator: "\n")
        try sandbox.write(lines.prefix(20).joined(separator: "\n") + "\n", to: "\(directory)/journal.jsonl")
        let replay = try await sandbox.gauntlet("replay", directory)
        #expect(replay.code == 70)
        #expect(replay.output.contains("diverged at line 21"))
        #expect(replay.output.contains("(the journal ends here)"))
    }

    @Test func aJournalOfAnotherEngineIsSaidToBeOne() async throws {
        let sandbox = try Sandbox()
        let directory = try await sandbox.run("first-steps").directory
        let journal = try sandbox.text("\(directory)/journal.jsonl")
        let key = try #require(journal.firstRange(of: "\"version\":\""))
        try sandbox.write(
            journal.replacingCharacters(in: key, with: "\"version\":\"0.0.1-"), to: "\(directory)/journal.jsonl")
        let replay = try await sandbox.gauntlet("replay", directory)
        #expect(replay.code == 0)
        #expect(replay.output.contains("the journal was written by engine 0.0.1-"))
    }
}
