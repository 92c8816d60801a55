import ChaosLinux
import Foundation
import Testing

/// Debts as a crash leaves them, written by hand, paid by `recover`.
@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized) struct ProcessIdentityTests {
    private let debts: Debts

    init() throws { debts = try Debts() }

    @Test func aLaterProcessOfTheSameNumberIsNotHit() throws {
        let counter = try Counter()
        try debts.owe([["worker": ["_0": try debts.identity(counter.pid, late: 1)]]])
        let outcome = Recovery.recover(in: debts.directories)
        #expect(outcome.owed == [])
        #expect(outcome.paid.count == 1)
        #expect(counter.isCounting)
    }

    @Test func theProcessItselfIs() throws {
        let counter = try Counter()
        try debts.owe([["worker": ["_0": try debts.identity(counter.pid)]]])
        #expect(Recovery.recover(in: debts.directories).owed == [])
        #expect(eventually { !counter.program.process.isRunning })
    }

    @Test func aStoppedProcessGoesOnWhenItsDebtIsPaidAndPayingTwiceIsHarmless() throws {
        let counter = try Counter()
        kill(counter.pid, SIGSTOP)
        #expect(eventually { counter.isStill })
        for _ in 0..<2 {
            try debts.owe([["resume": ["_0": try debts.identity(counter.pid)]]])
            #expect(Recovery.recover(in: debts.directories).owed == [])
            #expect(counter.isCounting)
        }
    }

    @Test func anotherProcessOfThatNumberStaysStopped() throws {
        let counter = try Counter()
        kill(counter.pid, SIGSTOP)
        #expect(eventually { counter.isStill })
        try debts.owe([["resume": ["_0": try debts.identity(counter.pid, late: 1)]]])
        #expect(Recovery.recover(in: debts.directories).owed == [])
        #expect(counter.isStill)
    }

    @Test func aCgroupOfAnotherInodeOrNameIsLeftAlone() throws {
        let base =
            FileManager.default.fileExists(atPath: "/sys/fs/cgroup/unified")
            ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup"
        let tag = UInt32.random(in: 0...UInt32.max)
        let named = "\(base)/gauntlet-x-\(tag)"
        let foreign = "\(base)/gt\(tag)"
        for path in [named, foreign] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        defer { for path in [named, foreign] { rmdir(path) } }
        try debts.owe([["cgroup": ["path": named, "inode": 1, "home": base]]])
        #expect(Recovery.recover(in: debts.directories).owed == [])
        #expect(FileManager.default.fileExists(atPath: named))
        try debts.owe([["cgroup": ["path": foreign, "inode": 0, "home": base]]])
        #expect(Recovery.recover(in: debts.directories).owed.first?.contains("not a cgroup of ours") == true)
        #expect(FileManager.default.fileExists(atPath: foreign))
        try debts.owe([["cgroup": ["path": named, "inode": 0, "home": base]]])
        #expect(Recovery.recover(in: debts.directories).owed == [])
        #expect(!FileManager.default.fileExists(atPath: named))
    }
}
