import Foundation
import Testing

@Suite struct FidelityCommandTests {
    @Test("fidelity runs trials, keeps them, and makes report, JSON and summary")
    func trials() async throws {
        let sandbox = try Sandbox()
        let first = try await sandbox.gauntlet(
            "fidelity", "first-steps", "--trials", "0", "--simulated", "2", "--out", "trials", "--quiet")
        #expect(first.code == 0, "\(first.errors)")
        #expect(first.output.contains("# Fidelity of the simulated world"))
        #expect(try sandbox.text("trials/fidelity.html").hasPrefix("<!DOCTYPE html>"))
        #expect(try entries(sandbox).count == 2)

        let again = try await sandbox.gauntlet(
            "fidelity", "first-steps", "--trials", "0", "--simulated", "3", "--out", "trials", "--quiet")
        #expect(again.code == 64)
        #expect(again.errors.contains("--resume"))

        let before = try entries(sandbox)
        let resumed = try await sandbox.gauntlet(
            "fidelity", "first-steps", "--trials", "0", "--simulated", "3", "--out", "trials", "--resume", "--quiet")
        #expect(resumed.code == 0, "\(resumed.errors)")
        let after = try entries(sandbox)
        #expect(after.count == 3 && after.prefix(2).elementsEqual(before))

        let other = try await sandbox.gauntlet(
            "fidelity", "first-steps", "--trials", "0", "--phases", "20s/60s/30s", "--out", "trials", "--resume",
            "--quiet")
        #expect(other.code == 65, "\(other.errors)")
    }

    /// The run directories of the index.
    private func entries(_ sandbox: Sandbox) throws -> [String] {
        let index = try JSONSerialization.jsonObject(with: Data(sandbox.text("trials/first-steps/trials.json").utf8))
        let trials = (index as? [String: Any])?["trials"] as? [[String: Any]]
        return trials?.compactMap { $0["run"] as? String } ?? []
    }

    @Test("live trials on disk are compared with the simulated ones, by --from alone")
    func fromDisk() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet(
            "fidelity", "first-steps", "--trials", "0", "--simulated", "6", "--out", "trials", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        // Two of them stand in for live trials.
        let runs = try entries(sandbox).suffix(2)
        var index = try sandbox.text("trials/first-steps/trials.json")
        for run in runs {
            let card = try sandbox.text("trials/\(run)/scorecard.json")
            try sandbox.write(
                card.replacingOccurrences(of: "\"world\" : \"simulated\"", with: "\"world\" : \"live\""),
                to: "trials/\(run)/scorecard.json")
        }
        let wrong = try await sandbox.gauntlet("fidelity", "--from", "trials")
        #expect(wrong.code == 65 && wrong.errors.contains("listed as simulated"), "\(wrong.errors)")
        for seed in [5, 6] {
            index = index.replacing(
                try Regex("(\"seed\" : \(seed),\\s*\"world\" : )\"simulated\""),
                with: { "\($0[1].substring ?? "")\"live\"" })
        }
        try sandbox.write(index, to: "trials/first-steps/trials.json")
        let report = try await sandbox.gauntlet("fidelity", "--from", "trials/")
        #expect(report.code == 0, "\(report.errors)")
        #expect(report.output.contains("4 simulated trials, 2 live."))
        #expect(report.output.contains("2 live trials, 20 needed"))
    }

    @Test("what is no directory of trials, or no question at all, is refused")
    func refused() async throws {
        let sandbox = try Sandbox()
        #expect(try await sandbox.gauntlet("fidelity", "--from", "scenarios").code == 65)
        #expect(try await sandbox.gauntlet("fidelity", "--from", "nowhere").code == 65)
        #expect(try await sandbox.gauntlet("fidelity").code == 64)
        #expect(try await sandbox.gauntlet("fidelity", "first-steps").code == 64)
        #expect(try await sandbox.gauntlet("fidelity", "first-steps", "--phases", "20s", "--out", "x").code == 64)
    }
}
