import Foundation
import Testing

@Suite struct GradesTests {
    /// Of first-steps' fault kind, and of no fleet that exists.
    private static func book(_ kind: String = "kill") -> String {
        """
        {"gauntlet_grades": 1, "measured": "2026-11-21T22:57:13Z", "versions": ["0.0.1"], "trials_needed": 20, "grades": [
          {"kind": "\(kind)", "level": "partial", "live_trials": 3, "equivalent": 2, "compared": 4,
           "missing": ["3 live trials, 20 needed"], "scenarios": ["elsewhere"],
           "simulated_on": [{"name": "some-fleet", "digest": "00000000000000aa"}],
           "live_on": [{"name": "other-fleet", "digest": "00000000000000bb"}]}]}
        """
    }

    private static let file = "reports/fidelity/grades.json"

    @Test("without grades a run says that its numbers are unvalidated, and why; its verdict does not change")
    func absent() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet("run", "first-steps")
        #expect(run.code == 0, "\(run.output)\(run.errors)")
        #expect(run.lines.contains { $0.hasPrefix("fidelity  ") && $0.contains(": unvalidated") }, "\(run.output)")
        #expect(run.output.contains("no grades: there is no \(Self.file)"))
    }

    @Test("with grades terminal, summary, page and JSON carry them; journal and scorecard stay the same to the byte")
    func present() async throws {
        let sandbox = try Sandbox()
        let without = try await sandbox.run("first-steps", "--out", "a").directory
        try sandbox.write(Self.book(), to: Self.file)
        let run = try await sandbox.gauntlet("run", "first-steps", "--out", "b")
        #expect(run.lines.contains("fidelity  kill: partial (3 live trials; 2 of 4 equivalent)"), "\(run.output)")
        let note = "easured on fleet some-fleet; this run's fleet differs"
        #expect(run.output.contains("          m\(note)"))
        let replay = try #require(run.lines.last)
        let with = String(replay.dropFirst("gauntlet replay ".count))
        #expect(try sandbox.text("\(with)/report.html").contains("Measured on fleet some-fleet; this run"))
        #expect(try sandbox.text("\(with)/summary.md").contains("kill: partial (3 live trials; 2 of 4 equivalent)"))
        for file in ["journal.jsonl", "scorecard.json"] {
            #expect(try sandbox.text("\(without)/\(file)") == sandbox.text("\(with)/\(file)"), "\(file)")
        }
        let again = try await sandbox.gauntlet("replay", with)
        #expect(again.code == 0 && again.output.contains("identical"), "\(again.output)")

        let json = try await sandbox.gauntlet("score", with, "--json").json()
        let fidelity = try #require(json["fidelity"] as? [String: Any])
        let grades = try #require(fidelity["grades"] as? [[String: Any]])
        #expect(grades.first?["level"] as? String == "partial" && grades.first?["live_trials"] as? Int == 3)
        #expect((fidelity["notes"] as? [String])?.count == 2)

        let compared = try await sandbox.gauntlet("compare", without, with)
        #expect(compared.output.contains("A, B  Fidelity of these simulated numbers: kill: partial"))
        // Reports are made anew with what is known by then.
        try sandbox.write(Self.book("pause"), to: "later.json")
        let later = try await sandbox.gauntlet("report", with, environment: ["GAUNTLET_GRADES": "later.json"])
        #expect(later.code == 0)
        #expect(try sandbox.text("\(with)/summary.md").contains("kill: unvalidated (no live trial)"))
    }

    @Test("grades that cannot be read grade nothing, say so, and fail no run")
    func damaged() async throws {
        let sandbox = try Sandbox()
        try sandbox.write(Self.book().replacing("partial", with: "splendid"), to: Self.file)
        let run = try await sandbox.gauntlet("run", "first-steps")
        #expect(run.code == 0)
        #expect(run.output.contains("fidelity  kill: unvalidated\n"), "\(run.output)")
        #expect(run.output.contains("\(Self.file): kill: \"splendid\""))
    }

    @Test("the grades that are committed can be read")
    func committed() async throws {
        let file = Sandbox.package.appendingPathComponent(Self.file).path
        let run = try await Sandbox().gauntlet("run", "first-steps", environment: ["GAUNTLET_GRADES": file])
        #expect(run.output.contains("fidelity  kill: ") && !run.output.contains("no grades"), "\(run.output)")
    }

    @Test("fidelity leaves grades beside its report, which a run on that fleet takes as they are")
    func made() async throws {
        let sandbox = try Sandbox()
        let made = try await sandbox.gauntlet(
            "fidelity", "first-steps", "--trials", "0", "--simulated", "2", "--out", "trials", "--quiet")
        #expect(made.code == 0, "\(made.errors)")
        let run = try await sandbox.gauntlet(
            "run", "first-steps", environment: ["GAUNTLET_GRADES": "trials/grades.json"])
        #expect(run.lines.contains("fidelity  kill: unvalidated (no live trial)"), "\(run.output)")
        #expect(try sandbox.text("trials/grades.json").contains("\"scenarios\": [\"first-steps\"]"))
    }
}
