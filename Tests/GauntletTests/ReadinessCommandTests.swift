import Foundation
import Testing

@Suite struct ReadinessCommandTests {
    @Test(
        "without a recorded run everything is no-go, with the command that would make the evidence, and no history is made"
    )
    func nothing() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet("readiness")
        #expect(run.code == 1, "\(run.errors)")
        #expect(run.lines.first?.hasPrefix("readiness=no-go go=0 ") == true, "\(run.output)")
        #expect(run.lines.contains { $0.contains("hub-failover: failover-time-kill-edge-hub: no evidence") })
        #expect(run.lines.contains("  gauntlet run hub-failover"))
        // What only a live run can show says so.
        #expect(run.lines.contains { $0.hasSuffix(" --world live") }, "\(run.output)")
        #expect(!run.output.contains("canary"))
        #expect(!FileManager.default.fileExists(atPath: sandbox.path("reports").path))
    }

    @Test("a recorded run is evidence: which run, which world, its value against the limit, its age")
    func recorded() async throws {
        let sandbox = try Sandbox()
        // A catalogue of one scenario, so that one run is enough.
        for file in try FileManager.default.contentsOfDirectory(atPath: sandbox.path("scenarios").path)
        where file.hasSuffix(".yaml") && !["objectives.yaml", "promises.yaml", "hub-failover.yaml"].contains(file) {
            try FileManager.default.removeItem(at: sandbox.path("scenarios/\(file)"))
        }
        try FileManager.default.removeItem(at: sandbox.path("scenarios/byo"))
        let book = try sandbox.text("scenarios/promises.yaml").split(separator: "\n", omittingEmptySubsequences: false)
        let kept = book.filter { line in
            !line.contains("  - { id: ")
                || ["hub-failover", "readiness", "hub-failover-aim"].contains { line.contains("{ id: \($0), ") }
        }
        try sandbox.write(kept.joined(separator: "\n"), to: "scenarios/promises.yaml")
        // Else the package's own catalogue would count too.
        let own = ["GAUNTLET_SCENARIOS": "scenarios"]
        let directory = try await sandbox.run("hub-failover").directory
        let go = try await sandbox.gauntlet("readiness", "--html", "readiness.html", environment: own)
        #expect(go.code == 0, "\(go.output)\(go.errors)")
        #expect(go.lines.first == "readiness=go go=1 no-go=0 aims=1 outside=1 max-age=7d", "\(go.output)")
        let json = try await sandbox.gauntlet("readiness", "--json", environment: own).json()
        let rows = try #require(json["promises"] as? [[String: Any]])
        let evidence = try #require(
            (rows.first { $0["promise"] as? String == "hub-failover" }?["evidence"] as? [[String: Any]])?.first)
        #expect("reports/\(evidence["run"] as? String ?? "")" == directory)
        #expect(evidence["world"] as? String == "simulated")
        #expect((evidence["measured"] as? String)?.hasSuffix(" ≤ 5 s") == true, "\(evidence)")
        #expect(evidence["age_s"] as? Int != nil)
        // How far it may be trusted stands beside it; nobody has measured that here.
        #expect(evidence["faults"] as? [String] == ["kill"])
        #expect((json["fidelity"] as? [[String: Any]])?.first?["level"] as? String == "unvalidated")
        #expect(go.output.contains("fidelity of the simulated evidence: unvalidated for kill (no grades"))
        let page = try sandbox.text("readiness.html")
        #expect(page.contains("<!DOCTYPE html>") && page.contains("failover-time-kill-edge-hub"))
        #expect(page.contains("Fidelity of the simulated evidence: unvalidated for kill"))
        #expect(!page.contains("http://") && !page.contains("https://"))
        // Of live runs there are none.
        #expect(try await sandbox.gauntlet("readiness", "--world", "live", environment: own).code == 1)
        // The plan has changed since: yesterday's evidence is of another one.
        let scenario = try sandbox.text("scenarios/hub-failover.yaml")
        try sandbox.write(scenario.replacing("for: 45s", with: "for: 44s"), to: "scenarios/hub-failover.yaml")
        let other = try await sandbox.gauntlet("readiness", environment: own)
        #expect(other.code == 1)
        #expect(other.output.contains("of another plan than today's"), "\(other.output)")
    }
}
