import Foundation
import Synchronization
import Testing

@Suite struct HistoryCommandTests {
    private func runs(_ sandbox: Sandbox, _ arguments: String...) async throws -> [[String: Any]] {
        let listed = try await sandbox.shell(
            "\"$GAUNTLET\" runs --json --limit 0 \(arguments.joined(separator: " "))")
        #expect(listed.code == 0, "\(listed.errors)")
        return try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [[String: Any]] ?? []
    }

    /// The listed runs as texts, in an order of their own.
    private static func sortedRuns(_ json: String) -> [String] {
        let runs = (try? JSONSerialization.jsonObject(with: Data(json.utf8))) as? [[String: Any]] ?? []
        return runs.compactMap {
            (try? JSONSerialization.data(withJSONObject: $0, options: .sortedKeys)).map {
                String(decoding: $0, as: UTF8.self)
            }
        }.sorted()
    }

    @Test("single and repeated runs are recorded, replays are not, and score records a run anew")
    func recorded() async throws {
        let sandbox = try Sandbox()
        let nothing = try await sandbox.gauntlet("runs")
        #expect(nothing.code == 69 && nothing.errors.contains("no history in reports"))
        let single = try await sandbox.run("first-steps", "--seed", "3")
        let repeated = try await sandbox.run("first-steps", "--repeat", "3")
        _ = try await sandbox.gauntlet("replay", single.directory)
        var listed = try await runs(sandbox)
        #expect(listed.count == 2)
        let entry = try #require(listed.first { $0["seed_count"] as? Int == 1 })
        #expect("reports/\(entry["directory"] as? String ?? "")" == single.directory)
        #expect(entry["seed"] as? Int == 3 && entry["world"] as? String == "simulated")
        #expect(entry["exit_code"] as? Int == Int(single.finished.code))
        let card = try JSONSerialization.jsonObject(
            with: Data(contentsOf: sandbox.path("\(single.directory)/scorecard.json")))
        let record = try #require(card as? [String: Any])
        #expect(entry["journal_hash"] as? String == record["journal_hash"] as? String)
        #expect(entry["score"] as? Double == record["score"] as? Double)
        #expect((entry["objectives"] as? [Any])?.isEmpty == false)
        #expect(listed.contains { $0["seed_count"] as? Int == 3 && $0["seed"] as? Int == 1 })
        _ = repeated

        let plan = sandbox.path("\(single.directory)/scenario.yaml")
        let text = try String(contentsOf: plan, encoding: .utf8)
        try text.replacingOccurrences(of: "objectives:\n", with: "objectives:\n  - { metric: latency-p95, max: 1ms }\n")
            .write(to: plan, atomically: true, encoding: .utf8)
        let scored = try await sandbox.gauntlet("score", single.directory)
        #expect(scored.code == 1, "\(scored.errors)")
        listed = try await runs(sandbox, "--verdict", "deviated")
        #expect(listed.count == 1 && listed[0]["directory"] as? String == entry["directory"] as? String)
    }

    @Test("runs that were not recorded are taken in as they would have been, and only once")
    func takesIn() async throws {
        let sandbox = try Sandbox()
        _ = try await sandbox.run("first-steps", "--seed", "3")
        _ = try await sandbox.run("first-steps", "--repeat", "2")
        let recorded = try await sandbox.gauntlet("runs", "--json")
        try FileManager.default.removeItem(at: sandbox.path("reports/history.sqlite"))
        try sandbox.write("{}", to: "reports/first-steps/not-a-run/run.json")
        let first = try await sandbox.gauntlet("runs", "--import", "--json")
        #expect(first.code == 0 && first.errors.contains("recorded 2 runs"), "\(first.errors)")
        // Two runs may have begun in one second, and then nothing says which was first.
        #expect(Self.sortedRuns(first.output).count == 2)
        #expect(Self.sortedRuns(first.output) == Self.sortedRuns(recorded.output))
        let second = try await sandbox.gauntlet("runs", "--import")
        #expect(second.errors.contains("recorded 0 runs"))
    }

    @Test("a history that cannot be written costs a run one line and nothing else")
    func harmless() async throws {
        let sandbox = try Sandbox()
        try sandbox.write("no database, but long enough to look like a damaged one", to: "reports/history.sqlite")
        let run = try await sandbox.run("first-steps")
        #expect(run.finished.code == 0, "\(run.finished.errors)")
        let notes = run.finished.errors.split(separator: "\n").filter { $0.contains("not in the history") }
        #expect(notes.count == 1 && notes.first?.contains("reports/history.sqlite is damaged") == true)
        let listed = try await sandbox.gauntlet("runs")
        #expect(listed.code == 65 && listed.errors.contains("is damaged"))
    }

    @Test("processes that run at once into one folder are all recorded")
    func together() async throws {
        let sandbox = try Sandbox()
        try await withThrowingTaskGroup(of: Sandbox.Finished.self) { group in
            for seed in 1...6 {
                group.addTask { try await sandbox.gauntlet("run", "first-steps", "--seed", "\(seed)", "--quiet") }
            }
            for try await run in group { #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)") }
        }
        let seeds = try await runs(sandbox).compactMap { $0["seed"] as? Int }
        #expect(seeds.sorted() == [1, 2, 3, 4, 5, 6])
    }

    @Test("trend draws every metric, compares equal seeds exactly, and writes a page that needs nothing else")
    func trend() async throws {
        let sandbox = try Sandbox()
        _ = try await sandbox.run("first-steps", "--seed", "1")
        _ = try await sandbox.run("first-steps", "--seed", "1")
        let detailed = try await sandbox.gauntlet("trend", "first-steps", "--html", "trend.html")
        #expect(detailed.code == 0, "\(detailed.errors)")
        #expect(detailed.output.contains("first-steps  simulated  2 runs"))
        #expect(detailed.output.contains("2 runs, identical"), "\(detailed.output)")
        #expect(detailed.output.contains("too few runs to look for shifts"))
        let page = try sandbox.text("trend.html")
        #expect(page.contains("<th scope=\"row\">score</th>") && page.contains("identical"))
        for word in ["http://", "https://", "src=", "@import"] { #expect(!page.contains(word), "\(word)") }
        let overview = try await sandbox.gauntlet("trend")
        #expect(overview.lines.count == 2 && overview.lines[0].hasPrefix("scenario"))
        let again = try await sandbox.gauntlet("trend")
        #expect(again.output == overview.output)

        let json = try await sandbox.gauntlet("trend", "first-steps", "--metric", "score", "--json")
        let records = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]]
        let record = try #require(records?.first)
        #expect((record["metrics"] as? [[String: Any]])?.map { $0["name"] as? String } == ["score"])
        #expect((record["repetitions"] as? [[String: Any]])?.first?["is_identical"] as? Bool == true)
        #expect(try await sandbox.gauntlet("trend", "first-steps", "--metric", "happiness").code == 69)
        let unknown = try await sandbox.gauntlet("trend", "hub-failover")
        #expect(unknown.code == 69 && unknown.errors.contains("recorded are first-steps"), "\(unknown.errors)")
    }

    @Test("a run that died goes on for nobody: it can be scored, is listed as died, and is pruned in its time")
    func crashed() async throws {
        let sandbox = try Sandbox()
        let found = Mutex("")
        let killed = try await sandbox.gauntlet(["run", "first-steps", "--quiet", "--pace", "2x"]) { process in
            while process.isRunning {
                let files = FileManager.default.enumerator(atPath: sandbox.path("reports").path)
                let journal = files?.compactMap { $0 as? String }.first { $0.hasSuffix("journal.jsonl") }
                // Its baseline is what it has measured so far.
                if let journal, (try? sandbox.text("reports/\(journal)"))?.contains("\"ev\"") == true {
                    let directory = "reports/\(journal.dropLast("/journal.jsonl".count))"
                    found.withLock { $0 = directory }
                    let early = try? await sandbox.gauntlet("score", directory)
                    #expect(early?.code == 69 && early?.errors.contains("goes on") == true, "\(early?.errors ?? "")")
                    kill(process.processIdentifier, SIGKILL)
                    return
                }
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
        #expect(killed.code == SIGKILL)
        let directory = found.withLock { $0 }
        let scored = try await sandbox.gauntlet("score", directory)
        #expect(scored.code <= 2, "\(scored.errors)")
        #expect(try sandbox.text("\(directory)/run.json").contains("\"ending\" : \"died\""))
        // A worse one, which is kept for that.
        let worse = try await sandbox.run("first-steps", "--disable", "agent-failover").directory
        #expect(try await runs(sandbox).map { $0["ending"] as? String } == ["completed", "died"])
        let pruned = try await sandbox.gauntlet("prune", "--keep-last", "0", "--deviated-too", "--json")
        #expect(pruned.code == 0, "\(pruned.errors)")
        #expect(!FileManager.default.fileExists(atPath: sandbox.path(directory).path))
        #expect(FileManager.default.fileExists(atPath: sandbox.path(worse).path))
    }

    @Test("a run that died and was scored before anybody wrote that down is pruned, too")
    func crashedLongAgo() async throws {
        let sandbox = try Sandbox()
        let old = try await sandbox.run("first-steps", "--seed", "1").directory
        _ = try await sandbox.run("first-steps", "--seed", "2", "--disable", "agent-failover")
        let record = try sandbox.text("\(old)/run.json")
        try sandbox.write(
            record.replacingOccurrences(of: "\"ending\" : \"completed\"", with: "\"ending\" : \"running\""),
            to: "\(old)/run.json")
        let pruned = try await sandbox.gauntlet("prune", "--keep-last", "0", "--deviated-too")
        #expect(pruned.code == 0, "\(pruned.errors)")
        #expect(!FileManager.default.fileExists(atPath: sandbox.path(old).path))
    }

    @Test("prune deletes only directories of runs, keeps what the rules say, and the numbers of all")
    func prune() async throws {
        let sandbox = try Sandbox()
        var directories: [String] = []
        for seed in 1...6 { directories.append(try await sandbox.run("first-steps", "--seed", "\(seed)").directory) }
        func exists(_ index: Int) -> Bool {
            FileManager.default.fileExists(atPath: sandbox.path(directories[index]).path)
        }
        // The first is a baseline's, the second somebody else's folder by now, the third lies behind a link.
        try sandbox.write("{ \"run\": { \"directory\": \"\(directories[0])\" } }", to: "reports/baselines/first.json")
        try FileManager.default.removeItem(at: sandbox.path("\(directories[1])/run.json"))
        try sandbox.write("mine", to: "\(directories[1])/notes.txt")
        try FileManager.default.moveItem(at: sandbox.path(directories[2]), to: sandbox.path("elsewhere"))
        try FileManager.default.createSymbolicLink(
            at: sandbox.path(directories[2]), withDestinationURL: sandbox.path("elsewhere"))

        let dry = try await sandbox.gauntlet("prune", "--keep-last", "1", "--dry-run", "--json")
        let planned = try #require(try dry.json()["pruned"] as? [String])
        #expect((0..<6).allSatisfy(exists), "a dry run deletes nothing")
        let done = try await sandbox.gauntlet("prune", "--keep-last", "1", "--json")
        #expect(done.code == 4, "what could not go is said")
        #expect(try done.json()["pruned"] as? [String] == planned)
        #expect(try (done.json()["problems"] as? [String])?.count == 2, "\(done.output)")
        #expect(exists(0) && exists(1) && exists(5))
        #expect(FileManager.default.fileExists(atPath: sandbox.path("elsewhere/run.json").path))
        #expect(planned.count >= 1 && planned.count <= 2, "the fourth and the fifth, unless one is the worst")
        for directory in planned {
            #expect(!FileManager.default.fileExists(atPath: sandbox.path("reports/\(directory)").path))
        }
        let listed = try await runs(sandbox)
        #expect(listed.count == 6, "the numbers stay")
        #expect(listed.filter { $0["pruned"] != nil }.count == planned.count)
        let refused = try await sandbox.gauntlet("prune")
        #expect(refused.code == 64 && refused.errors.contains("--keep-last"))
        try sandbox.write("{ torn", to: "reports/baselines/second.json")
        let torn = try await sandbox.gauntlet("prune", "--keep-last", "0")
        #expect(torn.code == 65 && torn.errors.contains("second.json"))
    }
}
