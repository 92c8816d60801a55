import ChaosCalendar
import ChaosService
import Foundation
import Testing

extension InService {
    /// The calendar on real processes.
    @Suite struct LiveCalendarTests {
        private static let missing: String? = ["unshare", "nats-server", "redis-server"].first { program in
            !["/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains {
                FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
            }
        }

        @Test(
            "A calendar's live run is rehearsed, brings its fleet up, hurts it, is scored, and leaves nothing behind",
            .enabled(if: missing == nil, "needs the program \(missing ?? "")"),
            .enabled(
                if: !ServeRig.program("gauntlet").hasPrefix("/dev/shm/"),
                "a fleet has a /dev/shm of its own: build somewhere else"))
        func liveRun() async throws {
            let rig = try ServeRig()
            let fleet = "t-calendar"
            try rig.write(
                rig.text("scenarios/fleets/single-machine.yaml").replacing(
                    "name: single-machine", with: "name: \(fleet)"), to: "scenarios/fleets/\(fleet).yaml")
            try rig.write(
                """
                gauntlet-calendar: 1
                budgets: [ { fleet: \(fleet), world: live, share: 100% } ]
                runs:
                  - id: yearly
                    scenario: first-steps
                    fleet: scenarios/fleets/\(fleet).yaml
                    world: live
                    cron: "0 0 1 1 *"
                    missed: once
                    set: [ phases.baseline=4s, phases.faults=16s, phases.recovery=8s, faults.kill-one.at=1s, faults.kill-one.for=10s ]
                """, to: "calendar.yaml")
            try ServiceRecords.begin("yearly", at: Int64(Date().timeIntervalSince1970) - 366 * 86_400, in: rig.reports)
            try await rig.serve(["--calendar", "calendar.yaml", "--out", "reports"]) { served in
                try await ServeRig.wait(for: "the end of the live run", .seconds(420)) {
                    try ServiceRecords.jobs(in: rig.reports).contains { $0.started != nil && $0.isEnded }
                }
                let job = try #require(try ServiceRecords.jobs(in: rig.reports).first { $0.started != nil })
                // How a busy machine does is not what this is about.
                #expect(["held", "deviated", "inconclusive"].contains(job.outcome), "\(job.outcome ?? "")")
                #expect(job.world == "live" && job.predicted != nil, "rehearsed")
                let directory = try #require(job.directory)
                let record = rig.text("\(directory)/run.json")
                #expect(record.contains("\"world\" : \"live\"") && record.contains("\"ending\" : \"completed\""))
                let journal = rig.text("\(directory)/journal.jsonl")
                for state in ["commanded", "effective", "reverted", "clean"] {
                    #expect(journal.contains("\"\(state)\""), "\(state)")
                }
                #expect(rig.journals.contains { $0.hasPrefix("reports/rehearsals/") })
                // The page hears of it a moment after it is written down.
                let counted = "gauntlet_runs_total{world=\"live\",outcome=\"\(job.outcome ?? "")\"} 1"
                try await ServeRig.wait(for: counted) {
                    try await Ended.of(["curl", "-sS", "\(served.page)metrics"], in: rig.folder).output.contains(
                        counted)
                }
            }
            #expect(Self.processes(of: fleet).isEmpty)
        }

        /// Living processes in a namespace of the fleet's.
        private static func processes(of fleet: String) -> [Int32] {
            ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }.filter {
                let text = try? String(contentsOfFile: "/proc/\($0)/root/fleet/fleet.json", encoding: .utf8)
                return text?.contains("\"name\":\"\(fleet)\"") == true
            }
        }
    }
}
