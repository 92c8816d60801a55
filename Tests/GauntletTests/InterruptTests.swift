import Foundation
import Testing

@Suite struct InterruptTests {
    /// The soak with a short recovery, for a debug build: what is healed is measured for two minutes.
    private static let soak = ["run", "soak-168h", "--set", "phases.recovery=2min"]

    @Test func anInterruptedWeekIsHealedMeasuredReportedAndReplayable() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet(Self.soak) { process in
            await Self.waitForJournal(in: sandbox)
            process.interrupt()
        }
        #expect(run.code == 130, "\(run.errors)")
        #expect(run.errors.contains("interrupted: healing and measuring"))
        let last = try #require(run.lines.last)
        let directory = String(last.dropFirst("gauntlet replay ".count))
        #expect(try sandbox.text("\(directory)/run.json").contains("\"ending\" : \"interrupted\""))
        #expect(try sandbox.text("\(directory)/journal.jsonl").contains("\"ev\":\"interrupted\""))
        let replay = try await sandbox.gauntlet("replay", directory, "--quiet")
        #expect(replay.code == 0, "\(replay.output)")
        #expect(replay.output.hasPrefix("identical: "))
    }

    @Test func aSecondInterruptHealsAtOnce() async throws {
        let sandbox = try Sandbox()
        // An hour of recovery would take a debug build long; twice interrupted it is not waited for.
        let run = try await sandbox.gauntlet(["run", "soak-168h"]) { process in
            await Self.waitForJournal(in: sandbox)
            process.interrupt()
            try? await Task.sleep(for: .milliseconds(100))
            process.interrupt()
        }
        #expect(run.code == 130, "\(run.errors)")
        #expect(run.lines.last?.hasPrefix("gauntlet replay ") == true, "\(run.output)")
    }

    private static func waitForJournal(in sandbox: Sandbox) async {
        for _ in 0..<200 {
            let found =
                FileManager.default.enumerator(atPath: sandbox.path("reports").path)?.compactMap { $0 as? String } ?? []
            if found.contains(where: { $0.hasSuffix("journal.jsonl") }) { break }
            try? await Task.sleep(for: .milliseconds(20))
        }
        // Some faults into the week.
        try? await Task.sleep(for: .milliseconds(500))
    }
}
