import ChaosLinux
import Foundation
import Testing

@Suite struct UndoLogTests {
    private let directory: TemporaryDirectory
    private let directories: StateDirectories
    private let log: UndoLog

    init() throws {
        directory = try TemporaryDirectory()
        directories = StateDirectories(volatile: directory.path + "/run", durable: directory.path + "/lib")
        log = try UndoLog(directories: directories, run: "r")
    }

    private func path(_ root: String, _ fault: String) -> String { "\(root)/runs/\(log.session)/\(fault).undo" }

    private static let resume = UndoStep.resume(ProcessIdentity(pid: 4_000_000, start: 1, boot: "another"))
    private static let unit = UndoStep.startUnit("some.service")

    @Test func aRecordIsReadBackStepByStepInItsOrder() throws {
        try log.record(Self.resume, fault: "f", kind: "pause")
        try log.record(.resume(.current), fault: "f", kind: "pause")
        let record = try #require(try UndoLog.read(path(directories.volatile, "f")))
        #expect(record.steps == [Self.resume, .resume(.current)])
        #expect(record.header.run == "r")
        #expect(record.header.kind == "pause")
        #expect(record.header.executor == .current)
    }

    @Test func whatOutlivesARebootIsKeptInTheDurableDirectory() throws {
        try log.record(Self.unit, fault: "f", kind: "kill")
        #expect(FileManager.default.fileExists(atPath: path(directories.durable, "f")))
        #expect(!FileManager.default.fileExists(atPath: path(directories.volatile, "f")))
        #expect(UndoLog.records(in: directories, session: log.session).records.map(\.steps) == [[Self.unit]])
    }

    @Test func aSettledFaultOwesNothing() throws {
        try log.record(Self.unit, fault: "f", kind: "kill")
        try log.record(Self.resume, fault: "f", kind: "kill")
        log.settle(fault: "f")
        #expect(UndoLog.records(in: directories, session: nil).records.isEmpty)
    }

    @Test(arguments: [1, 20, 200])
    func aLineTornByADeathWasNeverActedUponAndIsDropped(missing: Int) throws {
        try log.record(Self.resume, fault: "f", kind: "pause")
        let whole = path(directories.volatile, "f")
        let before = try #require(FileManager.default.contents(atPath: whole))
        try log.record(.resume(.current), fault: "f", kind: "pause")
        let after = try #require(FileManager.default.contents(atPath: whole))
        let cut = max(before.count, after.count - missing)
        try after.prefix(cut).write(to: URL(fileURLWithPath: whole))
        #expect(try UndoLog.read(whole)?.steps == [Self.resume])
    }

    @Test func aRecordWithoutItsHeaderOwesNothing() throws {
        let torn = path(directories.volatile, "torn")
        try Data(#"{"format":1,"run":"#.utf8).write(to: URL(fileURLWithPath: torn))
        #expect(try UndoLog.read(torn)?.steps == nil)
        #expect(UndoLog.records(in: directories, session: nil).unreadable.isEmpty)
    }

    @Test func aDamagedRecordIsReportedWithItsPathAndNotDropped() throws {
        let damaged = path(directories.volatile, "damaged")
        try Data("{\"format\":1}\nnonsense\n".utf8).write(to: URL(fileURLWithPath: damaged))
        let unreadable = UndoLog.records(in: directories, session: nil).unreadable
        #expect(unreadable.count == 1)
        #expect(unreadable.first?.hasPrefix(damaged) == true)
        #expect(FileManager.default.fileExists(atPath: damaged))
    }

    @Test func recoverLeavesALiveExecutorsDebtsAlone() throws {
        try log.record(Self.resume, fault: "f", kind: "pause")
        let outcome = Recovery.recover(in: directories)
        #expect(outcome.live == [log.session])
        #expect(FileManager.default.fileExists(atPath: path(directories.volatile, "f")))
    }

    @Test func aRecordCutShortBeforeItsHeaderWasWholeGoesWithItsDirectory() throws {
        let session = directory.path + "/run/runs/night@4000000"
        try FileManager.default.createDirectory(atPath: session, withIntermediateDirectories: true)
        try Data(#"{"format":1,"#.utf8).write(to: URL(fileURLWithPath: session + "/f.undo"))
        #expect(Recovery.recover(in: directories).owed.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: session))
    }

    @Test func anEmptyDirectoryOwesNothing() {
        let nowhere = StateDirectories(volatile: "/nonexistent/a", durable: "/nonexistent/b")
        #expect(Recovery.recover(in: nowhere) == Recovery.Outcome())
    }
}
