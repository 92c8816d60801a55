import Foundation
import Testing
import Yams

/// The examples of docs/ci.md: they are what people copy.
@Suite struct ContinuousIntegrationTests {
    private static let directory = Sandbox.package.appendingPathComponent("docs/examples/ci")

    private static func read(_ file: String) throws -> [String: Any] {
        let text = try String(contentsOf: directory.appendingPathComponent(file), encoding: .utf8)
        return try #require(try Yams.load(yaml: text) as? [String: Any], "\(file)")
    }

    /// Every line of shell of every step, in order.
    private static func github() throws -> [String] {
        let jobs = try #require(try read("github-actions.yml")["jobs"] as? [String: [String: Any]])
        return jobs.sorted { $0.key < $1.key }.flatMap { job -> [String] in
            let steps = job.value["steps"] as? [[String: Any]] ?? []
            return steps.compactMap { $0["run"] as? String }.flatMap { $0.split(separator: "\n").map(String.init) }
        }
    }

    private static func gitlab() throws -> [String] {
        let jobs = try read("gitlab-ci.yml")
        // As the pipeline runs them: each job after what it extends has prepared.
        return ["build", "gate", "enough-seeds-hold", "readiness"].flatMap { name -> [String] in
            let job = jobs[name] as? [String: Any] ?? [:]
            let base = (job["extends"] as? String).flatMap { jobs[$0] as? [String: Any] } ?? [:]
            return (base["before_script"] as? [String] ?? []) + (job["script"] as? [String] ?? [])
        }
    }

    @Test("both are YAML, with every step that the page tells of")
    func parse() throws {
        for lines in [try Self.github(), try Self.gitlab()] {
            for command in [
                "swift build -c release --product gauntlet", "gauntlet run ", "gauntlet gate ", "gauntlet readiness ",
            ] {
                #expect(lines.contains { $0.hasPrefix(command) }, "\(command): \(lines)")
            }
        }
        let triggers = try #require(try Self.read("github-actions.yml")["on"] as? [String: Any])
        #expect(triggers["pull_request"] != nil && triggers["schedule"] != nil)
    }

    /// As written, but on the smallest scenario and a few seeds: the ones in the files are run by hand, they take too long here.
    @Test("their commands run as written", arguments: ["github", "gitlab"])
    func run(_ which: String) async throws {
        let sandbox = try Sandbox()
        let update = try await sandbox.gauntlet("baseline", "update", "first-steps", "--seeds", "2", "--quiet")
        #expect(update.code == 0, "\(update.errors)")
        try FileManager.default.createDirectory(at: sandbox.path("gate"), withIntermediateDirectories: true)
        let lines = try which == "github" ? Self.github() : Self.gitlab()
        let commands = lines.filter { $0.hasPrefix("gauntlet ") }.map {
            $0.replacing("hub-failover", with: "first-steps").replacing("--repeat 20", with: "--repeat 2")
        }
        #expect(commands.count >= 5, "\(commands)")
        for command in commands {
            let run = try await sandbox.shell("gauntlet() { \"$GAUNTLET\" \"$@\"; }; \(command)")
            // Without a recorded run of every scenario the checklist says no-go, as it must.
            let isNoGo = command.hasPrefix("gauntlet readiness") && command.contains("--html")
            #expect(run.code == (isNoGo ? 1 : 0), "\(command): \(run.output)\(run.errors)")
        }
        for file in ["gate/junit.xml", "gate/badge.svg", "gate/readiness.html", "gate/missing.sh"] {
            #expect(FileManager.default.fileExists(atPath: sandbox.path(file).path), "\(file)")
        }
        // Everything is missing, so everything is to be run, each once.
        let missing = try sandbox.text("gate/missing.sh").split(separator: "\n")
        #expect(missing.contains("gauntlet run hub-failover"))
        #expect(Set(missing).count == missing.count)
    }
}
