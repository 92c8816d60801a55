import ChaosHistory
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct HistoryConcurrencyTests {
    @Test("eight connections that make the file and record at once lose nothing")
    func connections() async throws {
        let scratch = try Scratch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask { @concurrent in
                    let history = try History(path: scratch.path, patience: .seconds(60))
                    for number in 0..<20 { try history.record(.sample(worker * 100 + number)) }
                }
            }
            try await group.waitForAll()
        }
        let runs = try scratch.open().runs()
        #expect(runs.count == 160)
        #expect(runs.allSatisfy { $0.objectives.count == 2 })
    }

    @Test("a process that is killed while it records loses no finished record and leaves no half one")
    func killed() async throws {
        let scratch = try Scratch()
        setenv("GAUNTLET_TEST_HISTORY", scratch.path, 1)
        defer { unsetenv("GAUNTLET_TEST_HISTORY") }
        var finished: Set<String> = []
        for round in 0..<4 {
            setenv("GAUNTLET_TEST_ROUND", "\(round)", 1)
            await #expect(processExitsWith: .signal(SIGKILL)) { try recordUntilKilled() }
            finished = Set(
                try String(contentsOfFile: scratch.path + ".done", encoding: .utf8).split(separator: "\n").map(
                    String.init))
            let runs = try scratch.open().runs()
            #expect(finished.count > round, "the writer of round \(round) recorded nothing before it was killed")
            #expect(finished.isSubset(of: runs.map(\.directory)), "round \(round)")
            #expect(runs.allSatisfy { $0.objectives.count == 2 }, "round \(round)")
        }
        unsetenv("GAUNTLET_TEST_ROUND")
    }
}

/// Records runs and notes each one that is recorded, until another thread kills the process: sooner or later in each round.
private func recordUntilKilled() throws {
    let path = try #require(ProcessInfo.processInfo.environment["GAUNTLET_TEST_HISTORY"])
    let round = try #require(Int(ProcessInfo.processInfo.environment["GAUNTLET_TEST_ROUND"] ?? ""))
    let history = try History(path: path)
    let done = open(path + ".done", O_WRONLY | O_CREAT | O_APPEND, 0o644)
    Thread.detachNewThread {
        // After its first few records, at an instant that the records do not choose.
        while lseek(done, 0, SEEK_END) < 60 * (round + 1) { usleep(100) }
        usleep(UInt32(1_700 * (round + 1)))
        kill(getpid(), SIGKILL)
    }
    for number in 0... {
        let entry = RunEntry.sample(round * 100_000 + number)
        try history.record(entry)
        let line = Array((entry.directory + "\n").utf8)
        write(done, line, line.count)
    }
}
