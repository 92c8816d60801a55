import ChaosCalendar
import ChaosService
import Foundation
import Testing

struct ServiceKillTests {
    private static let process: String = {
        let bundle =
            Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appending(path: "ServiceProcess").path
    }()

    private func start(_ rig: ServiceRig) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.process)
        process.arguments = [
            rig.path("calendar.yaml"), rig.path("reports"), rig.path("gauntlet"), "\(ServiceRig.rate)",
            "\(ServiceRig.begin)", "\(rig.origin)",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    @Test(
        "killed fifty times at random instants, a service runs no due time twice and loses no run that was recorded",
        .enabled(if: FileManager.default.isExecutableFile(atPath: process), "needs the program ServiceProcess"))
    func kills() async throws {
        let rig = try ServiceRig(
            """
            runs:
              - { id: a, scenario: x, cron: "* * * * *", missed: once, pause: false }
              - { id: b, scenario: y, cron: "* * * * *", missed: { within: 1h }, pause: false }
            """, run: "sleep 0.01")
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(state: seed)
        for _ in 0..<50 {
            let before = rig.log.count
            let process = try start(rig)
            // At once, or in the midst of what it does, or shortly after.
            if random.next() % 4 != 0 {
                try await ServiceRig.wait(for: "a word of a run, seed \(seed)") { rig.log.count > before }
            }
            try await Task.sleep(for: .microseconds(Int64(random.next() % 40_000)))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        // What is left is told apart and closed by one that lives.
        try await rig.serve { service in
            let count = rig.log.count
            try await ServiceRig.wait(for: "two more runs, seed \(seed)") { rig.log.count >= count + 4 }
        }
        let begun = rig.log.filter { $0.hasPrefix("begin ") }.map { $0.dropFirst(6) }
        let done = rig.log.filter { $0.hasPrefix("end ") }.map { $0.dropFirst(4) }
        #expect(Set(begun).count == begun.count, "run twice, seed \(seed): \(begun)")
        #expect(begun.count >= 10, "\(begun.count) runs, seed \(seed)")
        let known = try ServiceRecords.jobs(in: rig.path("reports"))
        for job in done {
            let record = try #require(known.first { $0.id == job }, "\(job) is not known, seed \(seed)")
            #expect(record.outcome == "held" || record.outcome == "interrupted", "\(job), seed \(seed): \(record)")
        }
        for job in begun { #expect(known.contains { $0.id == job }, "\(job) ran unrecorded, seed \(seed)") }
        #expect(known.allSatisfy { $0.isEnded || $0.stage == .claimed }, "seed \(seed)")
        // Between the record and the word is a moment to die in: the next service tells what this one could not.
        let told = rig.told
        for job in known where job.isEnded {
            let kind = try #require(job.outcome?.prefix { $0 != ":" && $0 != " " })
            #expect(told.contains("\(kind) \(job.scenario) \(job.seed)"), "\(job) was not told of, seed \(seed)")
        }
        print("\(begun.count) runs, \(done.count) done, \(known.count) jobs known, seed \(seed)")
    }

    @Test(
        "what a service has started dies with it",
        .enabled(if: FileManager.default.isExecutableFile(atPath: process), "needs the program ServiceProcess"))
    func parentDeath() async throws {
        let rig = try ServiceRig(
            "runs: [ { id: a, scenario: x, cron: \"* * * * *\", missed: once } ]\n",
            run: "echo $$ > pid.part; mv pid.part pid; while :; do sleep 0.02; done")
        let process = try start(rig)
        try await ServiceRig.wait(for: "a run") { FileManager.default.fileExists(atPath: rig.path("pid")) }
        let text = try String(contentsOfFile: rig.path("pid"), encoding: .utf8)
        let run = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try await ServiceRig.wait(for: "its end") { kill(run, 0) != 0 || Self.isZombie(run) }
    }

    private static func isZombie(_ pid: Int32) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        return status.split(separator: ")").last?.hasPrefix(" Z") ?? true
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
