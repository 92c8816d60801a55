import ChaosCalendar
import ChaosService
import Foundation
import Glibc
import Testing

extension InService {
    @Suite struct StopTests {
        private func isFree(_ lock: String) -> Bool {
            let descriptor = open(lock, O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            return flock(descriptor, LOCK_EX | LOCK_NB) == 0
        }

        /// Due once a year, and that one run is still to be made up for.
        private func yearly(_ rig: ServeRig) throws {
            try rig.write(
                """
                gauntlet-calendar: 1
                runs: [ { id: yearly, scenario: hub-failover, cron: "0 0 1 1 *", missed: once } ]
                """, to: "calendar.yaml")
            try ServiceRecords.begin("yearly", at: Int64(Date().timeIntervalSince1970) - 366 * 86_400, in: rig.reports)
        }

        private func events(_ rig: ServeRig, _ states: [String]) -> Bool {
            rig.journals.contains { journal in
                let text = rig.text(journal)
                return states.allSatisfy { text.contains("\"ev\":\"fault\"") && text.contains("\"\($0)\"") }
            }
        }

        @Test(
            "SIGTERM with a fault in force heals it, records the run as interrupted and frees all; nothing is run again"
        )
        func stopsInTheMiddle() async throws {
            let rig = try ServeRig()
            try yearly(rig)
            let options = ["--calendar", "calendar.yaml", "--out", "reports"]
            // The fault comes after 35 s and stays for 45: at this pace it is in force for nine seconds.
            let served = try await rig.start(options + ["--pace", "5x"])
            do {
                try await ServeRig.wait(for: "a fault in force") { events(rig, ["effective"]) }
            } catch {
                try? await served.kill()
                throw error
            }
            #expect(!events(rig, ["reverted"]), "still in force")
            #expect(!isFree("\(rig.reports)/.locks/simulated-two-machine.lock"))
            #expect(try await served.stop() == 0)
            #expect(events(rig, ["effective", "reverted", "clean"]))

            let journal = try #require(rig.journals.first)
            let record = rig.text(journal.replacing("journal.jsonl", with: "run.json"))
            #expect(record.contains("\"ending\" : \"interrupted\""), "\(record)")
            #expect(record.contains("\"exit_code\" : 130"), "\(record)")
            let jobs = try ServiceRecords.jobs(in: rig.reports).filter { $0.stage != .claimed && $0.started != nil }
            #expect(jobs.map(\.outcome) == ["interrupted"] && jobs.allSatisfy(\.isEnded))
            #expect(isFree("\(rig.reports)/.locks/simulated-two-machine.lock"))
            #expect(isFree("\(rig.reports)/service.lock"))

            try await rig.serve(options) { served in
                // By hand, on the same fleet: begins only when nothing else is at work there, and after all that was due.
                #expect(try await served.act("run", ["scenario": "control"]).status == 200)
                try await ServeRig.wait(for: "the run by hand") {
                    try ServiceRecords.jobs(in: rig.reports).contains { $0.entry == CalendarJob.byHand && $0.isEnded }
                }
            }
            let after = try ServiceRecords.jobs(in: rig.reports).filter { $0.entry == "yearly" && $0.started != nil }
            #expect(after == jobs, "neither repeated nor lost")
        }

        @Test("What could not be taken back is its exit code")
        func endings() async throws {
            let rig = try ServeRig()
            let stuck = try rig.wrap(
                "stuck", run: "trap 'exit 3' INT; touch begun; while :; do sleep 0.05; done")
            let served = try await rig.start(["--out", "reports", "--gauntlet", stuck])
            do {
                #expect(try await served.act("run", ["scenario": "stuck"]).status == 200)
                try await ServeRig.wait(for: "the run") { FileManager.default.fileExists(atPath: rig.path("begun")) }
            } catch {
                try? await served.kill()
                throw error
            }
            #expect(try await served.stop() == 3)
            #expect(try ServiceRecords.jobs(in: rig.reports).map(\.outcome) == ["not reverted"])
        }

        @Test("A plan that is being read when the service is told to end does not hold it up")
        func plansAreNotWaitedFor() async throws {
            let rig = try ServeRig()
            try rig.write(
                "#!/bin/sh\ntouch begun; exec sleep 600\n", to: "sleeper", mode: 0o755)
            try rig.write(
                "gauntlet-calendar: 1\nruns: [ { id: a, scenario: x, cron: \"@daily\" } ]\n", to: "calendar.yaml")
            let served = try await rig.start([
                "--out", "reports", "--calendar", "calendar.yaml", "--gauntlet", rig.path("sleeper"),
            ])
            do {
                try await ServeRig.wait(for: "the plan") { FileManager.default.fileExists(atPath: rig.path("begun")) }
            } catch {
                try? await served.kill()
                throw error
            }
            let begin = ContinuousClock.now
            #expect(try await served.stop() == 0)
            #expect(ContinuousClock.now - begin < .seconds(60))
        }
    }
}
