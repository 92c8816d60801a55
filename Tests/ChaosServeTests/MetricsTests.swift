import ChaosPlan
import ChaosServe
import ChaosService
import Foundation
import Testing

@Suite struct MetricsTests {
    /// Families and samples, read strictly.
    static func parse(_ text: String) throws -> (types: [String: String], samples: [String: Double]) {
        var types: [String: String] = [:]
        var samples: [String: Double] = [:]
        try #require(text.hasSuffix("\n"))
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE ") {
                #expect(types[String(words[2])] == nil, "\(words[2]) twice")
                types[String(words[2])] = String(words[3])
            } else if !line.hasPrefix("#") {
                let cut = try #require(line.lastIndex(of: " "))
                let name = String(line[..<cut])
                #expect(types[String(name.prefix { $0 != "{" })] != nil, "\(name) has no type")
                #expect(samples[name] == nil, "\(name) twice")
                let value: Double = try #require(Double(String(line[line.index(after: cut)...])), "\(line)")
                samples[name] = value
            }
        }
        return (types, samples)
    }

    /// Until they are as wanted: the page looks at the service once in a while.
    static func poll(_ rig: Rig, until isReached: ([String: Double]) -> Bool) async throws -> (
        types: [String: String], samples: [String: Double]
    ) {
        while true {
            let metrics = try parse(try await rig.http.get("/metrics").body)
            if isReached(metrics.samples) { return metrics }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @Test("Metrics say what the service, the fleet, the page and the process are at")
    func values() async throws {
        try await Rig.serve { rig in
            let name = "hub-failover/20261121-000000-7"
            try rig.folder.write("", to: "reports/\(name)/journal.jsonl")
            try rig.folder.append(
                Journals.bytes([
                    (15 * .second, Journals.fault(.effective, targets: ["EdgeHub"])),
                    (20 * .second, .availability(subject: 2, up: false)),
                    (30 * .second, .disk(host: 0, used: Share(partsPerMillion: 420_000), level: .normal)),
                ]), to: "reports/\(name)/journal.jsonl")
            await rig.control.start("hub-failover", seed: 7, directory: name)
            _ = try await rig.http.post("/api/halt", [("Content-Type", "application/json")])
            let answer = try await rig.http.get("/metrics")
            #expect(answer.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            let fleet = #"{scenario="hub-failover",world="simulated"}"#
            let (types, samples) = try await Self.poll(rig) { $0["gauntlet_fleet_availability_ratio\(fleet)"] != nil }
            #expect(samples["gauntlet_running_runs"] == 1)
            #expect(samples["gauntlet_fleet_availability_ratio\(fleet)"] == 0.75)
            #expect(samples["gauntlet_fleet_agents_down\(fleet)"] == 1)
            #expect(samples["gauntlet_fleet_faults_in_force\(fleet)"] == 1)
            #expect(
                samples[#"gauntlet_fleet_disk_used_ratio{scenario="hub-failover",world="simulated",host="One"}"#]
                    == 0.42)
            #expect(samples["gauntlet_next_run_due_timestamp_seconds"] == 1_800_003_600)
            #expect(samples[#"gauntlet_budget_spent_agent_seconds{fleet="two-machine"}"#] == 120)
            #expect(samples[#"gauntlet_validation_gathered_seconds{validation="week"}"#] == 302_400)
            #expect(samples[#"gauntlet_notifications_total{state="delivered"}"#] == 3)
            #expect(samples[#"gauntlet_page_actions_total{action="halt",answer="no-token"}"#] == 1)
            #expect(samples[#"gauntlet_last_run_score{scenario="control"}"#] == 99.5)
            #expect(try #require(samples["process_resident_memory_bytes"]) > 1e6)
            #expect(types["gauntlet_runs_total"] == "counter")

            #expect(samples[#"gauntlet_runs_total{world="simulated",outcome="inconclusive"}"#] == nil)
            _ = try await rig.http.post("/api/halt", rig.acting)
            let ended = #"gauntlet_runs_total{world="simulated",outcome="inconclusive"}"#
            let after = try await Self.poll(rig) { $0[ended] != nil }.samples
            #expect(after[ended] == 1)
            #expect(after["gauntlet_fleet_availability_ratio\(fleet)"] == nil, "no run, no fleet under test")
        }
    }

    @Test("A run is counted once, however often it is listed, and history not at all")
    func countedOnce() {
        let runs = EndedRuns()
        var status = ServiceStatus(now: 100, started: 50, calendar: "c.yaml")
        status.recent = [
            .init(entry: "e", scenario: "s", world: "live", ended: 40, outcome: "held", score: 90),
            .init(entry: "e", scenario: "s", world: "live", ended: 60, outcome: "refused: the fleet is sick"),
        ]
        for _ in 0..<3 { runs.note(status) }
        status.recent.insert(
            .init(entry: "e", scenario: "s", world: "live", ended: 61, outcome: "held", score: 95), at: 0)
        runs.note(status)
        #expect(runs.counts.map(\.kind.outcome) == ["held", "refused"])
        #expect(runs.counts.map(\.count) == [1, 1])
        #expect(runs.last.first?.run.score == 95)
    }

    @Test("Label values that others write are escaped")
    func escaped() throws {
        var status = ServiceStatus(now: 100, started: 50, calendar: "c.yaml")
        status.budgets = [.init(fleet: "a\"b\\c\nd", spent: 1, allowed: 2, until: 3)]
        let text = PageMetrics(
            page: PageState(status: status, fleets: []), endedRuns: EndedRuns(), viewers: 0, encodings: 0, actions: [],
            version: "1"
        ).text
        #expect(text.contains(#"gauntlet_budget_spent_agent_seconds{fleet="a\"b\\c\nd"} 1"#))
    }

    @Test("Each metric that the Grafana dashboard asks for is in /metrics")
    func dashboard() async throws {
        let file = try #require(Self.repositoryFile("docs/grafana/gauntlet.json"))
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        let panels = try #require(json["panels"] as? [[String: Any]])
        let queries = panels.flatMap { $0["targets"] as? [[String: Any]] ?? [] }.compactMap { $0["expr"] as? String }
        #expect(queries.count >= 10)
        let types = try await Rig.serve { rig in
            try await Self.poll(rig) { $0["gauntlet_running_runs"] != nil }.types
        }
        for query in queries {
            let names = query.matches(of: /[a-z_]+_[a-z_]+/).map { String($0.output) }.filter {
                $0.hasPrefix("gauntlet_") || $0.hasPrefix("process_")
            }
            #expect(!names.isEmpty, "\(query)")
            for name in names { #expect(types[name] != nil, "\(name) in \(query)") }
        }
        // Panels lie beside one another.
        for (index, panel) in panels.enumerated() {
            let place = try #require(panel["gridPos"] as? [String: Int])
            for other in panels[..<index] {
                let beside = try #require(other["gridPos"] as? [String: Int])
                let overlaps =
                    place["x"]! < beside["x"]! + beside["w"]! && beside["x"]! < place["x"]! + place["w"]!
                    && place["y"]! < beside["y"]! + beside["h"]! && beside["y"]! < place["y"]! + place["h"]!
                #expect(!overlaps, "\(panel["title"] ?? "") on \(other["title"] ?? "")")
            }
        }
    }

    /// From the nearest folder above that has it: tests also run from a package of links.
    static func repositoryFile(_ name: String) -> URL? {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let file = folder.appendingPathComponent(name)
            if FileManager.default.fileExists(atPath: file.path) { return file }
        }
        return nil
    }
}
