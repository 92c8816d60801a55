import Foundation
import Testing

@Suite struct CalibrateCommandTests {
    @Test("calibrate writes a fleet that can be run, a naive one, and a record that fidelity prints")
    func calibrate() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.run("agent-kill-one")
        let made = try await sandbox.gauntlet(
            "calibrate", run.directory, "--fleet", "two-machine", "--out", "measured.yaml", "--naive", "naive.yaml",
            "--commit", "abc123")
        #expect(made.code == 0, "\(made.errors)")
        #expect(made.errors.contains("the model itself"))
        #expect(try sandbox.text("measured.yaml").contains("(measured)"))
        #expect(try await sandbox.gauntlet("check", "measured.yaml", "naive.yaml").code == 0)
        let record = try sandbox.text("measured.yaml.calibration.json")
        #expect(record.contains("abc123") && record.contains(run.directory))
        let report = try await sandbox.gauntlet(
            "fidelity", "agent-kill-one", "--trials", "0", "--simulated", "2", "--fleet", "measured.yaml", "--naive",
            "naive.yaml", "--out", "trials", "--quiet")
        #expect(report.code == 0, "\(report.errors)")
        #expect(report.output.contains("Calibrated "))
        #expect(try sandbox.text("trials/fidelity.html").contains("profiles.standard.time"))
    }

    @Test("what is no run directory is refused with 65, a missing fleet with 69")
    func refused() async throws {
        let sandbox = try Sandbox()
        #expect(try await sandbox.gauntlet("calibrate", "nowhere", "--fleet", "two-machine", "--out", "x").code == 65)
        let run = try await sandbox.run("first-steps")
        #expect(try await sandbox.gauntlet("calibrate", run.directory, "--fleet", "nowhere", "--out", "x").code == 69)
    }
}
