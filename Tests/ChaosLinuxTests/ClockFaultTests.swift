import CLinuxShims
import ChaosLinux
import Foundation
import Testing

@Suite struct ClockFiguresTests {
    @Test func offsetsAreWrittenAsTheLibraryReadsThem() {
        #expect(FaketimeLibrary.text(0) == "+0\n")
        #expect(FaketimeLibrary.text(3_600_000_000_000) == "+3600\n")
        #expect(FaketimeLibrary.text(-1_500_000_000) == "-1.500000000\n")
        #expect(FaketimeLibrary.text(10_000) == "+0.000010000\n")
    }

    @Test(arguments: [0, 1, -1, 1_500_000_000, -3_600_000_000_000, 999_999_999])
    func whatIsWrittenIsReadAgain(_ offset: Int64) {
        #expect(FaketimeLibrary.offset(FaketimeLibrary.text(offset)) == offset)
    }

    @Test(arguments: ["", "5", "+", "+5s", "+1 x2", "@2020-12-24 20:30:00", "+5.", "--5", "+-5", "+1.0000000001"])
    func whatIsNoPlainOffsetIsNotRead(_ text: String) { #expect(FaketimeLibrary.offset(text) == nil) }

    @Test func anEnvironmentSaysHowSoonTheFileIsReadAgain() {
        let file = "FAKETIME_TIMESTAMP_FILE=/a/b"
        #expect(FaketimeLibrary.delay("X=1\0\(file)\0FAKETIME_NO_CACHE=1\0", control: "/a/b") == 0)
        #expect(FaketimeLibrary.delay("\(file)\0FAKETIME_CACHE_DURATION=2\0", control: "/a/b") == 2_000_000_000)
        #expect(FaketimeLibrary.delay(file, control: "/a/b") == 10_000_000_000)
        #expect(FaketimeLibrary.delay(file, control: "/a/c") == nil)
        #expect(FaketimeLibrary.delay("\(file)\0FAKETIME=+0\0", control: "/a/b") == nil)
    }

    @Test func aDriftIsSoManyPartsOfTheTimePassed() {
        #expect(PreloadedClock.drifted(by: 100, in: 1_000_000_000) == 100_000)
        #expect(PreloadedClock.drifted(by: -1_000_000, in: 86_400_000_000_000) == -86_400_000_000_000)
    }

    @Test func aStepIsOwedOnlyWhileItIsInForce() {
        let hour: Int64 = 3_600_000_000_000
        for offset in [hour, -hour] {
            func debt(_ moved: Int64) -> HostClock.Debt {
                HostClock.debt(offset: offset, difference: 1_000, now: 1_000 + moved)
            }
            #expect(debt(0) == .none)
            #expect(debt(500_000_000) == .none, "slewed a little meanwhile")
            #expect(debt(offset) == .owed)
            #expect(debt(offset + 30_000_000_000) == .owed)
            #expect(debt(offset * 3) == .foreign)
            #expect(debt(-offset) == .foreign)
        }
    }

    @Test func theStepOfAnotherBootIsPaid() {
        #expect(ClockFault.payWallClock(offset: 3_600_000_000_000, difference: 0, boot: "another") == .nothingThere)
    }

    @Test func theTimeNamespaceIsNamedAndRefused() {
        let capability = ClockFault.capabilities.first { $0.mechanism == "time-namespace" }
        #expect(capability?.isPresent == false && capability?.remedy.isEmpty == false)
    }
}

@Suite(
    .enabled(
        if: Privilege.isThere && FaketimeLibrary.path != nil && Shell.path(of: "python3") != nil,
        "needs root, libfaketime and python3"), .serialized)
struct PreloadedClockHostTests {
    /// A program under libfaketime that says the time of day and the monotonic time again and again.
    private final class Program {
        let directory: TemporaryDirectory
        let control: String
        private let process: TestProcess
        /// Monotonic clock less time of day in the beginning.
        private let start: Double

        init() throws {
            directory = try TemporaryDirectory()
            control = directory.path + "/clock"
            try "+0\n".write(toFile: control, atomically: false, encoding: .utf8)
            chmod(control, 0o640)
            let library = try #require(FaketimeLibrary.path)
            var environment: [String: String] = [:]
            for entry in FaketimeLibrary.environment(library: library, control: control) {
                let parts = entry.split(separator: "=", maxSplits: 1)
                environment[String(parts[0])] = String(parts[1])
            }
            // Not through `env`: its own process would be preloaded too.
            process = try TestProcess(
                [
                    "/usr/bin/python3", "-u", "-c",
                    """
                    import select, time
                    while True:
                        print(time.time() - time.monotonic())
                        select.select([], [], [], 0.01)
                    """,
                ], environment: environment, isHeard: true)
            start = Double(try process.line()) ?? 0
        }

        deinit {
            process.end()
            for object in FaketimeLibrary.sharedObjects(of: pid) { unlink(object) }
        }

        /// Seconds that it sees besides the true ones, now.
        var off: Double {
            get throws {
                process.drain()
                _ = try process.line()
                return try (Double(process.line()) ?? 0) - start
            }
        }

        func sees(_ range: ClosedRange<Double>, within seconds: Double = 5) throws -> Bool {
            let limit = Date().addingTimeInterval(seconds)
            while Date() < limit { if range.contains(try off) { return true } }
            return false
        }

        var pid: Int32 { process.pid }
    }

    @Test(arguments: ["revert", "kill", "input"]) func aRunningProgramSeesTheOffsetUntilItIsTakenBack(_ end: String)
        throws
    {
        let program = try Program()
        #expect(abs(try program.off) < 1)
        var status = stat()
        stat(program.control, &status)
        let host = try HostProcess(lease: "10s")
        let reply = try host.inject(
            #""id":"t","kind":"clock","control-file":"\#(program.control)","offset":"-3600500ms""#)
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(reply.effective == true, "\(reply.evidence ?? "")")
        #expect(reply.targets == ["process \(program.pid)"])
        // A witness of the executor's own, started so: where the machine is busy, not at the first look.
        let limit = Date().addingTimeInterval(5)
        var evidence = reply.evidence ?? ""
        while Date() < limit, !evidence.contains("sees -3600.") {
            evidence = try host.ask(#""op":"status""#).held?.first?.evidence ?? ""
        }
        #expect(evidence.contains("sees -3600."), "\(evidence)")
        #expect(try program.sees(-3_601 ... -3_600))
        try host.end("t", by: end)
        #expect(try program.sees(-0.2...0.2))
        #expect(host.owesNothing())
        #expect(SmallFile.names(in: program.directory.path) == ["clock"])
        withExtendedLifetime(program) {}
        var after = stat()
        stat(program.control, &after)
        #expect(after.st_ino == status.st_ino && after.st_mode == status.st_mode && after.st_uid == status.st_uid)
    }

    @Test func aDriftGrows() throws {
        let program = try Program()
        let host = try HostProcess(lease: "10s")
        let reply = try host.inject(
            #""id":"t","kind":"clock","control-file":"\#(program.control)","offset":"100s","drift":500000"#)
        #expect(reply.effective == true, "\(reply)")
        #expect(try program.sees(100.3...130))
        let first = try program.off
        usleep(400_000)
        #expect(try program.off > first + 0.1)
        #expect(try host.revert("t").clean == true)
        #expect(try program.sees(-0.2...0.2))
        #expect(SmallFile.names(in: program.directory.path) == ["clock"])
    }

    @Test func eachBadRequestIsOneClearErrorAndChangesNothing() throws {
        let program = try Program()
        let directory = try TemporaryDirectory()
        let idle = directory.path + "/idle"
        try "+0".write(toFile: idle, atomically: false, encoding: .utf8)
        let odd = directory.path + "/odd"
        try "+1 x2".write(toFile: odd, atomically: false, encoding: .utf8)
        let host = try HostProcess()
        for (keys, word) in [
            (#""control-file":"\#(program.control)""#, "neither"),
            (#""offset":"1h""#, "control-file"),
            (#""offset":"1h","mechanism":"libfaketime""#, "control-file"),
            (#""offset":"1h","mechanism":"host""#, "everybody's"),
            (#""offset":"1h","mechanism":"time-namespace""#, "monotonic"),
            (#""offset":"1h","mechanism":"magic""#, "no mechanism"),
            (#""drift":5,"mechanism":"host","allow-host-clock":true"#, "offset` only"),
            (#""offset":"1ms","mechanism":"host","allow-host-clock":true"#, "100 ms"),
            (#""offset":"-80000h","mechanism":"host","allow-host-clock":true,"drift":1"#, "offset` only"),
            (#""offset":"1h","control-file":"\#(idle)""#, "no process runs"),
            (#""offset":"1h","control-file":"\#(odd)""#, "plain offset"),
            (#""offset":"1h","control-file":"/nonexistent""#, "No such file"),
            (#""offset":"1h","control-file":"clock""#, "absolute"),
        ] {
            try expectRefusal(host, #""id":"t","kind":"clock",\#(keys)"#, nil, word)
        }
        #expect(host.records == [])
        #expect(SmallFile.names(in: program.directory.path) == ["clock"])
    }
}

/// Only where the machine is a throw-away one.
@Suite(
    .enabled(
        if: (try? SmallFile.read("/proc/cpuinfo"))?.contains("User Mode Linux") == true,
        "sets the clock of the machine: only in User Mode Linux"), .serialized)
struct HostClockTests {
    @Test(arguments: ["revert", "kill", "input"]) func theHostsClockIsOffAndRightAgain(_ end: String) throws {
        let before = HostClock.difference
        let host = try HostProcess(lease: "10s")
        let reply = try host.inject(
            #""id":"t","kind":"clock","mechanism":"host","allow-host-clock":true,"offset":"1h""#)
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(reply.effective == true)
        #expect(abs(HostClock.difference - before - 3_600_000_000_000) < 1_000_000_000)
        try host.end("t", by: end)
        #expect(host.owesNothing())
        #expect(abs(HostClock.difference - before) < 1_000_000_000)
    }
}
