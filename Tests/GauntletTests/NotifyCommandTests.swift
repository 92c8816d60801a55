import Foundation
import LocalReceiver
import Testing

@Suite(.timeLimit(.minutes(10))) struct NotifyCommandTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func configure(_ url: String, timeout: String = "10s") throws {
        try sandbox.write("0123456789abcdef", to: "key")
        chmod(sandbox.path("key").path, 0o600)
        try sandbox.write(
            """
            gauntlet-notifications: 1
            source: test
            rules:
              - { on: run-ended, level: 1 }
              - { on: run-lost, level: 2 }
            routes:
              - { level: 1, to: [hook] }
              - { level: 2, to: [hook] }
            receivers:
              - { name: hook, kind: webhook, url: "\(url)", secret-file: key, timeout: \(timeout) }
            """, to: "notifications.yaml")
    }

    @Test("the end of a run is told, and the run ends as it would without")
    func runEnds() async throws {
        let receiver = try LocalReceiver()
        try configure(receiver.url)
        let deviated = try await sandbox.run("canary-deviates", "--notify", "notifications.yaml")
        #expect(deviated.finished.code == 1)
        let held = try await sandbox.run("first-steps", "--notify", "notifications.yaml")
        #expect(held.finished.code == 0, "\(held.finished.errors)")
        let told = receiver.requests.map(\.json)
        #expect(told.map { $0["verdict"] as? String } == ["deviated", "held"])
        #expect(told.map { $0["state"] as? String } == ["firing", "resolved"])
        #expect(told[0]["directory"] as? String == deviated.directory)
        #expect(told[0]["replay"] as? String == "gauntlet replay \(deviated.directory)")
        #expect((told[0]["details"] as? [String])?.isEmpty == false)
        #expect(receiver.requests.allSatisfy { $0.headers["x-gauntlet-signature"]?.hasPrefix("sha256=") == true })
        let status = try await sandbox.gauntlet("notify", "status")
        #expect(status.output.contains("open  run-ended/canary-deviates simulated  ops"), "\(status.output)")
        let resolve = try await sandbox.gauntlet("notify", "resolve", "run-ended/canary-deviates simulated")
        #expect(resolve.output == "told  hook\n", "\(resolve.errors)")
        #expect(try await sandbox.gauntlet("notify", "status").output == "nothing open, nothing waiting\n")
        #expect(try await sandbox.gauntlet("notify", "resolve", "run-ended/x").code == 64)
    }

    @Test(
        "a receiver that fails changes neither the exit code nor the output, and is told by the next run",
        arguments: [LocalReceiver.Behaviour.answer(500), .breakOff, .stall])
    func failingReceiver(behaviour: LocalReceiver.Behaviour) async throws {
        let receiver = try LocalReceiver(behaviour)
        try configure(receiver.url, timeout: "1s")
        let run = try await sandbox.run("canary-deviates", "--notify", "notifications.yaml")
        #expect(run.finished.code == 1)
        #expect(run.finished.errors.contains("hook: not delivered"), "\(run.finished.errors)")
        #expect(!run.finished.errors.contains("0123456789abcdef"))
        #expect(FileManager.default.fileExists(atPath: sandbox.path("\(run.directory)/report.html").path))
        let status = try await sandbox.gauntlet("notify", "status")
        #expect(status.output.contains("waiting  hook  [ops] canary-deviates"), "\(status.output)")
        receiver.become(.answer(200))
        let before = receiver.requests.count
        let next = try await sandbox.run("first-steps", "--notify", "notifications.yaml")
        #expect(next.finished.code == 0)
        #expect(
            receiver.requests.dropFirst(before).map { $0.json["scenario"] as? String } == [
                "canary-deviates", "first-steps",
            ])
    }

    @Test("a run that is killed while it tells loses nothing: the next one tells it")
    func killed() async throws {
        let receiver = try LocalReceiver(.stall)
        try configure(receiver.url, timeout: "10min")
        let killed = try await sandbox.gauntlet(["run", "canary-deviates", "--quiet", "--notify", "notifications.yaml"])
        {
            process in
            while receiver.requests.isEmpty, process.isRunning { try? await Task.sleep(for: .milliseconds(20)) }
            kill(process.processIdentifier, SIGKILL)
        }
        #expect(killed.code == SIGKILL)
        receiver.become(.answer(200))
        let next = try await sandbox.run("first-steps", "--notify", "notifications.yaml")
        #expect(next.finished.code == 0)
        #expect(
            receiver.requests.map { $0.json["scenario"] as? String } == [
                "canary-deviates", "canary-deviates", "first-steps",
            ])
        #expect(Set(receiver.requests.prefix(2).map { $0.headers["idempotency-key"] }).count == 1)
    }

    @Test("a notification file with problems is refused before anything runs, all problems at once")
    func problems() async throws {
        try sandbox.write("gauntlet-notifications: 1\nrules: []\nroutes: []\n", to: "notifications.yaml")
        let run = try await sandbox.gauntlet("run", "first-steps", "--notify", "notifications.yaml")
        #expect(run.code == 65)
        #expect(run.errors.contains("notifications.yaml:2:"))
        #expect(run.errors.contains("no `receivers`"))
        #expect(run.errors.split(separator: "\n").last == "gauntlet: notifications.yaml: 3 errors")
        #expect(!FileManager.default.fileExists(atPath: sandbox.path("reports").path))
        #expect(try await sandbox.gauntlet("run", "first-steps", "--notify", "nowhere.yaml").code == 69)
    }

    @Test("a test message says of each receiver whether it took it")
    func testMessage() async throws {
        let receiver = try LocalReceiver()
        try configure(receiver.url)
        let good = try await sandbox.gauntlet("notify", "test")
        #expect(good.code == 0, "\(good.errors)")
        #expect(good.output == "level 1 ops  hook  delivered\nlevel 2 critical  hook  delivered\n")
        receiver.become(.answer(410, body: "gone"))
        let bad = try await sandbox.gauntlet("notify", "test", "--config", "notifications.yaml", "--level", "2")
        #expect(bad.code == 4)
        #expect(bad.output == "level 2 critical  hook  not delivered: HTTP 410: gone\n")
        #expect(try await sandbox.gauntlet("notify", "test", "--level", "3").code == 65)
        #expect(try await sandbox.gauntlet("notify", "test", "--level", "4").code == 64)
    }

    @Test("a run's metrics stand beside its report, are exported and pushed")
    func metrics() async throws {
        let run = try await sandbox.run("first-steps")
        let stored = try sandbox.text("\(run.directory)/metrics.txt")
        #expect(stored.hasSuffix("# EOF\n"))
        #expect(
            stored.contains(
                "gauntlet_run_verdict{scenario=\"first-steps\",fleet=\"single-machine\",world=\"simulated\",verdict=\"held\"} 1\n"
            ))
        let export = try await sandbox.gauntlet("export", run.directory, "--format", "openmetrics")
        #expect(export.code == 0)
        #expect(export.output == stored)
        let gateway = try LocalReceiver()
        let push = try await sandbox.gauntlet("export", run.directory, "--push", gateway.url, "--job", "a/b")
        #expect(push.code == 0, "\(push.errors)")
        #expect(gateway.requests.map(\.method) == ["PUT"])
        #expect(gateway.requests[0].path == "/metrics/job@base64/YS9i/scenario/first-steps/world/simulated")
        #expect(gateway.requests[0].text == stored)
        gateway.become(.answer(400, body: "inconsistent"))
        let refused = try await sandbox.gauntlet("export", run.directory, "--push", gateway.url)
        #expect(refused.code == 4)
        #expect(refused.errors == "gauntlet: not pushed: \(gateway.url): HTTP 400: inconsistent\n")
        #expect(
            try await sandbox.gauntlet("export", run.directory, "--push", gateway.url, "--format", "edn").code == 64)
    }
}
