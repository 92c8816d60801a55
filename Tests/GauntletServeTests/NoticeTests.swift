import ChaosNotify
import ChaosService
import Foundation
import LocalReceiver
import Testing

extension InService {
    /// Every event that a rule can name is raised by something that happened, and arrives.
    @Suite struct NoticeTests {
        /// What a receiver got, as `event state`.
        private func told(_ receiver: LocalReceiver, _ path: String = "/all") -> [String] {
            receiver.requests.filter { $0.path == path }.map {
                "\($0.json["event"] as? String ?? "none") \($0.json["state"] as? String ?? "none")"
            }
        }

        private func message(_ receiver: LocalReceiver, _ event: String, _ state: String = "firing") -> [String: Any]? {
            receiver.requests.map(\.json).first {
                $0["event"] as? String == event && $0["state"] as? String == state
            }
        }

        private func calendar(_ rig: ServeRig, zone: String = "UTC") throws {
            // The canary loses 45 agent-seconds and more, and this is less than 24.
            try rig.write(
                """
                gauntlet-calendar: 1
                timezone: \(zone)
                budgets: [ { fleet: two-machine, world: simulated, availability: 99.9%, share: 0.05% } ]
                runs:
                  - { id: breaks, scenario: canary-breaks, cron: "0 0 1 1 *", missed: once }
                  - { id: sick, scenario: control, cron: "0 0 1 1 *", missed: once, preflight: [ "false" ] }
                  - { id: nameless, scenario: no-such-scenario, cron: "0 0 1 1 *" }
                """, to: "calendar.yaml")
        }

        @Test("Each event that rules can name is raised by the service and told to a receiver")
        func allEvents() async throws {
            let rig = try ServeRig()
            let receiver = try LocalReceiver()
            try rig.derive(
                "canary-breaks", from: "canary-deviates",
                [("group: ModelManagerAgent, promise", "group: ModelManagerAgent, invariant: true, promise")])
            try calendar(rig)
            let kinds = NotificationEvent.Kind.allCases.filter { $0 != .test && $0 != .recovered && $0 != .budgetSpent }
            try rig.write(
                """
                gauntlet-notifications: 1
                source: test
                window: 1s
                rules:
                  - { on: [\(kinds.map(\.rawValue).joined(separator: ", "))], level: 1 }
                  - { on: budget-spent, at-least: 80%, world: simulated, level: 1 }
                  - { on: recovered, level: 2 }
                routes: [ { level: 1, to: [all] }, { level: 2, to: [good] } ]
                receivers:
                  - { name: all, kind: webhook, url: "\(receiver.url)/all" }
                  - { name: good, kind: webhook, url: "\(receiver.url)/good" }
                """, to: "notifications.yaml")
            // As if a service had looked at these more than two years ago: their due times since are missed, but the last.
            for entry in ["breaks", "sick", "nameless"] {
                try ServiceRecords.begin(entry, at: Int64(Date().timeIntervalSince1970) - 800 * 86_400, in: rig.reports)
            }
            let stuck = try rig.wrap(
                "stuck", run: "echo 'gauntlet: not reverted: the link is still cut' >&2; exit 3")
            let options = [
                "--calendar", "calendar.yaml", "--out", "reports", "--notify", "notifications.yaml", "--gauntlet",
                stuck,
            ]
            func arrives(_ event: String, _ state: String = "firing", _ path: String = "/all") async throws {
                try await ServeRig.wait(for: "\(event) \(state) among \(told(receiver, path))") {
                    told(receiver, path).contains("\(event) \(state)")
                }
            }
            try await rig.serve(options + ["--pace", "200x"]) { served in
                for event in [
                    "run-ended", "invariant-broken", "budget-spent", "calendar-paused", "run-missed", "run-refused",
                ] {
                    try await arrives(event)
                }
                let broken = try #require(message(receiver, "invariant-broken"))
                #expect(broken["scenario"] as? String == "canary-breaks" && broken["world"] as? String == "simulated")
                #expect((broken["details"] as? [String])?.first?.isEmpty == false)
                #expect((broken["replay"] as? String)?.hasPrefix("gauntlet replay ") == true)
                let ended = try #require(message(receiver, "run-ended"))
                #expect(ended["verdict"] as? String == "deviated" && ended["score"] as? Double != nil)
                #expect((ended["seed"] as? NSNumber)?.intValue ?? 0 > 0 && ended["coverage"] as? Double != nil)
                let spent = try #require(message(receiver, "budget-spent"))
                #expect(try #require(spent["percent"] as? Double) >= 80)
                #expect(spent["fleet"] as? String == "two-machine" && spent["world"] as? String == "simulated")
                // What cannot run is told of by its own name: two such are two problems.
                let refused = receiver.requests.map(\.json).filter { $0["event"] as? String == "run-refused" }
                #expect(Set(refused.compactMap { $0["scenario"] as? String }).isSuperset(of: ["no-such-scenario"]))

                #expect(try await served.act("resume").status == 200)
                try await arrives("calendar-paused", "resolved")
                // Who was not told of the pause has asked for good news.
                try await arrives("recovered", "resolved", "/good")

                // On another fleet: of this one's budget nothing is left, and a run by hand is refused, too.
                #expect(try await served.act("run", ["scenario": "canary-breaks"]).status == 409)
                #expect(try await served.act("run", ["scenario": "stuck"]).status == 200)
                try await arrives("not-reverted")
                let owed = try #require(message(receiver, "not-reverted"))
                #expect((owed["dedup_key"] as? String)?.contains(ProcessInfo.processInfo.hostName) == true)
            }
            // Killed while a run is under way: nobody sees that run end.
            let second = try await rig.start(options + ["--pace", "1x"])
            do {
                _ = try await second.act("resume")
                let before = rig.journals.count
                #expect(try await second.act("run", ["scenario": "first-steps"]).status == 200)
                try await ServeRig.wait(for: "a run") { rig.journals.count > before }
                try await second.kill()
            } catch {
                try? await second.kill()
                throw error
            }
            // Another zone, another beginning of the week: to the service what was told is of another week.
            try calendar(rig, zone: "Asia/Tokyo")
            try await rig.serve(options) { _ in
                try await ServeRig.wait(for: "word of the run that nobody saw end") {
                    receiver.requests.map(\.json).contains {
                        $0["event"] as? String == "run-lost" && $0["scenario"] as? String == "first-steps"
                    }
                }
                try await arrives("budget-spent", "resolved")
            }
            let seen = Set(receiver.requests.compactMap { $0.json["event"] as? String })
            let named = Set(NotificationEvent.Kind.allCases.filter { $0 != .test }.map(\.rawValue))
            #expect(seen == named, "told: \(seen.sorted()), can be named: \(named.sorted())")
        }
    }
}
