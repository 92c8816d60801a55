import ChaosLinux
import Foundation
import Testing

@Suite struct FillGoalTests {
    private let figures = FileSystemFigures(block: 4_096, used: 40 << 20, available: 60 << 20, reserved: 5 << 20)

    @Test func aShareIsOfWhatDfCallsUsable() {
        #expect(FillGoal.full(900_000).available(of: figures) == 10 << 20)
        #expect(FillGoal.full(1_000_000).available(of: figures) == 0)
        #expect(FillGoal.leave(7 << 20).available(of: figures) == 7 << 20)
    }

    @Test func theFileGrowsAndShrinksTowardsTheGoal() {
        #expect(FillGoal.full(900_000).change(figures) == 50 << 20)
        let fuller = FileSystemFigures(block: 4_096, used: 95 << 20, available: 5 << 20)
        #expect(FillGoal.full(900_000).change(fuller) == -(5 << 20))
    }

    @Test func withinAThousandthNothingMoves() {
        let near = FileSystemFigures(block: 4_096, used: 90 << 20, available: 10 << 20)
        #expect(FillGoal.leave((10 << 20) - 50_000).change(near) == 0)
        #expect(FillGoal.leave((10 << 20) - 50_000).isReached(near))
    }

    @Test func whatIsToBeFullTakesTheLastBlock() {
        let last = FileSystemFigures(block: 4_096, used: 100 << 20, available: 4_096)
        #expect(FillGoal.full(1_000_000).change(last) == 4_096)
        #expect(FillGoal.leave(0).change(FileSystemFigures(block: 4_096, used: 1, available: 0)) == 0)
    }

    @Test func aWorkerReadsTheGoalThatItWasGiven() {
        for goal in [FillGoal.full(950_000), .leave(1 << 30)] { #expect(FillGoal(words: goal.words[...]) == goal) }
        #expect(FillGoal(words: ["leave"]) == nil)
        #expect(FillGoal(words: ["leave", "-1"]) == nil)
        #expect(FillGoal(words: ["half", "1"]) == nil)
    }

    @Test func theReserveForOurRecordsIsTheLesserOfTwo() {
        #expect(DiskFill.reserve(of: figures) == 5 << 20)
        #expect(DiskFill.reserve(of: FileSystemFigures(block: 1, used: 0, available: 1 << 40)) == 64 << 20)
    }
}

@Suite struct FillFileTests {
    @Test func whereFilesNeedNamesTheNameIsRecordedFirstAndGoneAtOnce() throws {
        let directory = try TemporaryDirectory()
        var named: [String] = []
        let descriptor = try FillFile.openNamed(in: directory.path) { path in
            named.append(path)
            #expect(!SmallFile.exists(path))
        }
        #expect(named.count == 1)
        #expect(SmallFile.names(in: directory.path).isEmpty)
        var file = FillFile(descriptor: descriptor)
        #expect(try file.grow(by: 1 << 20, block: 4_096) == .grown)
        #expect(file.size == 1 << 20)
        try file.shrink(by: 1 << 19)
        #expect(file.size == 1 << 19)
        close(descriptor)
    }

    @Test func onlyAFileOfOursIsRemoved() throws {
        let directory = try TemporaryDirectory()
        var status = stat()
        #expect(stat(directory.path, &status) == 0)
        let device = UInt64(status.st_dev)
        let foreign = directory.path + "/data"
        let ours = directory.path + "/.gauntlet-1234"
        for path in [foreign, ours] { #expect(FileManager.default.createFile(atPath: path, contents: Data())) }
        #expect(DiskFill.payFile(path: foreign, device: device, inode: 0) == .nothingThere)
        #expect(DiskFill.payFile(path: ours, device: device + 1, inode: 0) == .nothingThere)
        #expect(DiskFill.payFile(path: ours, device: device, inode: 1) == .nothingThere)
        #expect(DiskFill.payFile(path: ours, device: device, inode: 0) == .paid)
        #expect(DiskFill.payFile(path: ours, device: device, inode: 0) == .nothingThere)
        #expect(SmallFile.exists(foreign))
    }
}

/// A file system of its own, a tmpfs of 64 MiB or one of 24 MiB in a file; unmounted with the object.
private final class SmallDisk {
    let path: String
    private let directory: TemporaryDirectory

    init(_ type: String = "tmpfs") throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/disk"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        guard type != "tmpfs" else {
            try Shell.must("mount", "-t", "tmpfs", "-o", "size=64m", "gauntlet-test", path)
            return
        }
        let image = directory.path + "/image"
        try Shell.must("truncate", "-s", "24M", image)
        try Shell.must("mkfs.\(type)", "-q", "-m", "10", image)
        try Shell.must("mount", "-t", type, "-o", "loop", image, path)
    }

    /// Whether such a one can be made here.
    static func serves(_ type: String) -> Bool {
        Shell.path(of: "mkfs.\(type)") != nil && SmallFile.exists("/dev/loop-control")
            && (try? SmallFile.read("/proc/filesystems"))?.contains("\t\(type)\n") == true
    }

    deinit { _ = try? Shell.run(["umount", path]) }

    var available: Int64 { get throws { try FileSystemFigures.read(path).available } }

    func waits(for condition: (Int64) -> Bool) throws -> Bool { try eventually(within: 5) { condition(try available) } }

    /// As another program: its message and whether it succeeded.
    func write(mebibytes: Int, to name: String) throws -> Shell.Result {
        try Shell.run(["dd", "if=/dev/zero", "of=\(path)/\(name)", "bs=1M", "count=\(mebibytes)"])
    }
}

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized)
struct DiskFillHostTests {
    @Test func aFullDiskRefusesAnotherWriterAndIsEmptyAgainAfterTheRevert() throws {
        let disk = try SmallDisk()
        #expect(try disk.write(mebibytes: 4, to: "foreign").code == 0)
        let before = try disk.available
        let host = try HostProcess()
        let reply = try host.inject(#""id":"d","kind":"disk-fill","path":"\#(disk.path)","fill-to":"100%""#)
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(reply.mechanism == "unlinked-file")
        #expect(try host.becomesEffective())
        let evidence = try host.ask(#""op":"status""#).held?.first?.evidence ?? ""
        #expect(evidence.contains("No space left on device"), "\(evidence)")
        #expect(SmallFile.names(in: disk.path) == ["foreign"])
        let refused = try disk.write(mebibytes: 4, to: "other")
        #expect(refused.code != 0)
        #expect(refused.output.contains("No space left on device"))
        #expect(try host.revert("d").clean == true)
        #expect(try disk.available == before)
        #expect(try disk.write(mebibytes: 4, to: "other").code == 0)
        #expect(SmallFile.names(in: disk.path) == ["foreign", "other"])
    }

    @Test(.enabled(if: SmallDisk.serves("ext4"))) func rootsReserveStaysAndOthersAreRefusedAllTheSame() throws {
        let disk = try SmallDisk("ext4")
        let before = try disk.available
        let reserved = try FileSystemFigures.read(disk.path).reserved
        #expect(reserved > 1 << 20)
        let host = try HostProcess(lease: "10s")
        let reply = try host.inject(#""id":"d","kind":"disk-fill","path":"\#(disk.path)","fill-to":"100%""#)
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(try host.becomesEffective())
        let evidence = try host.ask(#""op":"status""#).held?.first?.evidence ?? ""
        #expect(evidence.contains("kept for root") && evidence.contains("refused"), "\(evidence)")
        #expect(try FileSystemFigures.read(disk.path).reserved > reserved / 2)
        #expect(try host.revert("d").clean == true)
        #expect(try disk.available == before)
    }

    @Test(.enabled(if: SmallDisk.serves("ext2"))) func whereBlocksCannotBeTakenTheyAreWritten() throws {
        let disk = try SmallDisk("ext2")
        let before = try disk.available
        let host = try HostProcess(lease: "20s")
        let reply = try host.inject(#""id":"d","kind":"disk-fill","path":"\#(disk.path)","leave":"8MiB""#)
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(try host.becomesEffective(within: 15))
        #expect(try disk.available < 9 << 20)
        host.crash()
        #expect(try disk.waits { $0 == before })
        #expect(host.owesNothing())
    }

    @Test func itFollowsWhatOthersTakeAndFree() throws {
        let disk = try SmallDisk()
        let host = try HostProcess(lease: "30s")
        let reply = try host.inject(#""id":"d","kind":"disk-fill","path":"\#(disk.path)","leave":"16MiB""#)
        #expect(reply.ok == true, "\(reply)")
        #expect(try host.becomesEffective())
        let goal: Int64 = 16 << 20
        func isThere(_ available: Int64) -> Bool { abs(available - goal) <= 1 << 20 }
        #expect(try disk.waits(for: isThere))
        #expect(try disk.write(mebibytes: 8, to: "other").code == 0)
        #expect(try disk.waits(for: isThere), "it gives way")
        #expect(unlink(disk.path + "/other") == 0)
        #expect(try disk.waits(for: isThere), "it takes what was freed")
        #expect(try host.becomesEffective())
        #expect(try host.revert("d").clean == true)
    }

    @Test(arguments: ["kill", "input"]) func theBlocksAreBackWhenTheExecutorIsGone(_ end: String) throws {
        let disk = try SmallDisk()
        let before = try disk.available
        let host = try HostProcess()
        let reply = try host.inject(#""id":"d","kind":"disk-fill","path":"\#(disk.path)/.","fill-to":"90%""#)
        #expect(reply.ok == true, "\(reply)")
        #expect(try host.becomesEffective())
        #expect(try disk.available < 8 << 20)
        if end == "kill" { host.crash() } else { host.closeInput() }
        #expect(try disk.waits { $0 == before })
        _ = try host.ended()
        #expect(host.owesNothing())
    }

    @Test func eachBadRequestIsOneClearErrorAndChangesNothing() throws {
        let disk = try SmallDisk()
        let before = try disk.available
        let host = try HostProcess()
        let state = host.state.path
        for (keys, word) in [
            (#""path":"\#(disk.path)""#, "exactly one of"),
            (#""path":"\#(disk.path)","fill-to":"50%","leave":"1MiB""#, "exactly one of"),
            (#""path":"/nonexistent/x","fill-to":"50%""#, "No such file"),
            (#""path":"disk","fill-to":"50%""#, "absolute"),
            (#""path":"\#(disk.path)","leave":"200MiB""#, "fuller already"),
            (#""path":"/proc","fill-to":"50%""#, "no size"),
            (#""path":"\#(disk.path)","fill-to":"50%","mechanism":"magic""#, "no mechanism"),
            (#""path":"\#(state)","fill-to":"100%""#, "records"),
        ] {
            try expectRefusal(host, #""id":"d","kind":"disk-fill",\#(keys)"#, nil, word)
        }
        #expect(host.records == [])
        #expect(try disk.available == before)
    }
}
