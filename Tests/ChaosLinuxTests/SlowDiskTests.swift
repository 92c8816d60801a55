import ChaosLinux
import Foundation
import Testing

/// A directory that is served by us, at full speed and slow, with real files.
@Suite(.enabled(if: SlowDiskProcess.isThere, SlowDiskProcess.reason), .serialized)
struct SlowDiskTests {
    private let directory: TemporaryDirectory
    private let disk: SlowDiskProcess

    init() throws {
        directory = try TemporaryDirectory()
        disk = try SlowDiskProcess(at: directory.path + "/disk", control: directory.path + "/control")
    }

    private static let second: Int64 = 1_000_000_000

    /// How long one write takes that is synced, ns.
    private func write(_ name: String = "file") throws -> Int64 {
        let file = open("\(disk.place)/\(name)", O_WRONLY | O_CREAT, 0o644)
        try #require(file >= 0)
        defer { close(file) }
        let began = BootTime.now
        try #require(Glibc.write(file, "x", 1) == 1)
        return BootTime.now - began
    }

    @Test("Files, directories, links, modes, times and sizes are as they would be without it")
    func itIsAFileSystem() throws {
        let script = """
            set -e
            cd "$1"
            mkdir -p a/b; echo hello >a/b/c; [ "$(cat a/b/c)" = hello ]; echo more >>a/b/c; [ "$(wc -l <a/b/c)" = 2 ]
            ln -s b/c a/l; [ "$(head -n 1 a/l)" = hello ]; [ "$(readlink a/l)" = b/c ]; ln a/b/c a/h; [ "$(stat -c %h a/h)" = 2 ]
            mv a/h a/m; [ ! -e a/h ]; rm a/m; [ "$(stat -c %h a/b/c)" = 1 ]
            chmod 600 a/b/c; [ "$(stat -c %a a/b/c)" = 600 ]; chown 12:34 a/b/c; [ "$(stat -c %u:%g a/b/c)" = 12:34 ]
            touch -d 2001-02-03 a/b/c; [ "$(date -r a/b/c +%F)" = 2001-02-03 ]
            truncate -s 100000 a/b/c; [ "$(stat -c %s a/b/c)" = 100000 ]; fallocate -l 200000 a/f; [ "$(stat -c %s a/f)" = 200000 ]
            mkfifo a/p; [ -p a/p ]
            for i in $(seq 300); do : >"a/n$i"; done; [ "$(ls a | wc -l)" = 304 ]
            exec 5<>a/u; rm a/u; echo unlinked >&5; [ "$(cat /proc/self/fd/5)" = unlinked ]; exec 5>&-
            seq 200000 >big; cp big copy; cmp big copy; rm -r a; [ "$(ls | wc -l)" = 2 ]; df . >/dev/null; sync -f .
            """
        let result = try Shell.run(["sh", "-c", script, "sh", disk.place])
        #expect(result.code == 0, "\(result.output)")
        #expect(SmallFile.names(in: disk.backing) == ["big", "copy"])
    }

    @Test("A database and its log survive on it, while it is slow and while it fails")
    func aDatabaseSurvives() throws {
        let program = """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1] + '/data', timeout=20)
            db.execute('pragma journal_mode=' + sys.argv[2]); db.execute('create table if not exists t(x)')
            done = failed = 0
            for i in range(60):
                try:
                    with db: db.execute('insert into t values (?)', (i,))
                    done += 1
                except sqlite3.OperationalError: failed += 1
            db.close()
            db = sqlite3.connect(sys.argv[1] + '/data')
            assert db.execute('pragma integrity_check').fetchone() == ('ok',)
            print(done, failed, db.execute('select count(*) from t').fetchone()[0])
            """
        func run(_ mode: String) throws -> [Int] {
            let result = try Shell.run([python, "-c", program, disk.place, mode])
            #expect(result.code == 0, "\(result.output)")
            return result.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        }
        #expect(try run("wal") == [60, 0, 60])
        #expect(try run("delete") == [60, 0, 120])
        let holder = try SlowDiskClient(disk.control)
        _ = try holder.order(SlowDiskOrder(delayNs: 2_000_000, leaseNs: 120 * Self.second))
        #expect(try run("delete") == [60, 0, 180])
        #expect(try holder.order(SlowDiskOrder()).delayed > 60)
    }

    @Test("Writes take as long as they are told, reads do not, and all is as before when the holder lets go")
    func itIsSlowWhenTold() throws {
        _ = try write()
        var holder: SlowDiskClient? = try SlowDiskClient(disk.control)
        let state = try #require(try holder?.order(SlowDiskOrder(delayNs: Self.second / 2, leaseNs: 60 * Self.second)))
        #expect(state.delayNs == Self.second / 2)
        #expect(state.holders == 1)
        #expect(try write() >= Self.second / 2)
        // Not written, not waited for.
        let before = try SlowDiskClient(disk.control).order(SlowDiskOrder()).delayed
        #expect(try String(contentsOfFile: disk.place + "/file", encoding: .utf8) == "x")
        #expect(try SlowDiskClient(disk.control).order(SlowDiskOrder()).delayed == before)
        // A second holder's delay comes on top.
        let other = try SlowDiskClient(disk.control)
        #expect(try other.order(SlowDiskOrder(delayNs: 1, leaseNs: Self.second)).delayNs == Self.second / 2 + 1)
        holder = nil
        #expect(eventually { disk.state.hasPrefix("1 ns") || disk.state.hasPrefix("0 ns") })
        #expect(eventually { disk.state == "0 ns, 0 ppm, 0 holders" })
        // The lease has closed it.
        #expect(eventually { other.isClosed })
    }

    @Test("What waits when the holder goes is done at once")
    func nothingWaitsForAFaultThatIsOver() throws {
        _ = try write()
        var holder: SlowDiskClient? = try SlowDiskClient(disk.control)
        _ = try holder?.order(SlowDiskOrder(delayNs: 3_000 * Self.second, leaseNs: 3_000 * Self.second))
        let writer = try TestProcess(["sh", "-c", "echo late >\(disk.place)/file"])
        #expect(eventually { (try? SlowDiskClient(disk.control).order(SlowDiskOrder()).waiting) == 1 })
        #expect(writer.process.isRunning)
        holder = nil
        #expect(eventually { !writer.process.isRunning })
        #expect(try String(contentsOfFile: disk.backing + "/file", encoding: .utf8) == "late\n")
    }

    @Test("As many writes fail as are told to")
    func writesFail() throws {
        _ = try write()
        let holder = try SlowDiskClient(disk.control)
        _ = try holder.order(SlowDiskOrder(errors: 200_000, leaseNs: 60 * Self.second))
        let file = open("\(disk.place)/file", O_WRONLY)
        defer { close(file) }
        var failed = 0
        for _ in 0..<1_000 where Glibc.write(file, "x", 1) != 1 {
            #expect(errno == EIO)
            failed += 1
        }
        // 200 ± 13: five deviations to either side.
        #expect((135...265).contains(failed), "\(failed) of 1000")
        #expect(try holder.order(SlowDiskOrder()).failed == failed)
    }

    @Test("Orders out of range change nothing")
    func badOrdersAreRefused() throws {
        let holder = try SlowDiskClient(disk.control)
        for order in [
            SlowDiskOrder(delayNs: -1, leaseNs: 1), SlowDiskOrder(errors: 1_000_001, leaseNs: 1),
            SlowDiskOrder(delayNs: 1, leaseNs: -1),
        ] {
            #expect(throws: HostError.self) { try holder.order(order) }
        }
        #expect(disk.state == "0 ns, 0 ppm, 0 holders")
        // Two cannot serve one socket.
        let second = try Shell.run([
            HostProcess.executable, "slow-disk", "--backing", disk.backing, "--at", disk.place, "--control",
            disk.control,
        ])
        #expect(second.code == 4)
        #expect(second.output.contains("somebody serves"), "\(second.output)")
        #expect(disk.state == "0 ns, 0 ppm, 0 holders")
    }

    @Test("A server that is asked to end leaves no mount and no socket")
    func noMountIsLeft() throws {
        _ = try write()
        #expect(disk.isMounted)
        disk.end(SIGTERM)
        #expect(!disk.isMounted)
        #expect(SmallFile.names(in: disk.place) == [])
        #expect(SmallFile.names(in: disk.backing) == ["file"])
        #expect(!FileManager.default.fileExists(atPath: disk.control))
    }

    // MARK: - The fault

    private var fault: String {
        #""id":"d","kind":"disk-slow","control":"\#(disk.control)","delay":"300ms","errors":"0.1%""#
    }

    @Test("The fault makes it slow, and whatever ends it makes it fast again", arguments: ["revert", "kill", "input"])
    func theFaultEnds(way: String) throws {
        _ = try write()
        let host = try HostProcess(lease: "20s")
        let reply = try host.inject(fault)
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(reply.mechanism == "fuse")
        #expect(reply.targets == [disk.place])
        #expect(reply.evidence?.contains("writes wait 300ms, 0.1% fail") == true, "\(reply.evidence ?? "")")
        #expect(disk.state == "300000000 ns, 1000 ppm, 1 holders")
        let file = open("\(disk.place)/file", O_WRONLY)
        let began = BootTime.now
        _ = Glibc.write(file, "x", 1)
        #expect(BootTime.now - began >= 300_000_000)
        close(file)
        #expect(try host.ask(#""op":"renew""#).ok == true)
        #expect(try host.ask(#""op":"status""#).held?.first?.effective == true)
        try host.end("d", by: way)
        #expect(eventually { disk.state == "0 ns, 0 ppm, 0 holders" })
        #expect(host.owesNothing())
    }

    @Test("An executor that hangs does not keep a disk slow")
    func aHungExecutorLosesIt() throws {
        let host = try HostProcess(lease: "500ms")
        #expect(try host.inject(fault).ok == true)
        let guardian = try #require(host.guardian)
        kill(guardian, SIGSTOP)
        kill(host.process.processIdentifier, SIGSTOP)
        #expect(eventually { disk.state == "0 ns, 0 ppm, 0 holders" })
        kill(guardian, SIGCONT)
        kill(host.process.processIdentifier, SIGCONT)
    }

    @Test("The end of the server is told, and does not keep other faults from being renewed")
    func theServersEndIsTold() throws {
        let host = try HostProcess(lease: "20s")
        #expect(try host.inject(fault).ok == true)
        disk.end(SIGTERM)
        #expect(try host.event("ended").evidence?.contains("has gone") == true)
        #expect(try host.ask(#""op":"renew""#).ok == true)
        #expect(try host.ask(#""op":"status""#).held?.first?.effective == false)
        #expect(try host.revert("d").clean == true)
    }

    @Test("Wrong requests change nothing")
    func wrongRequests() throws {
        let host = try HostProcess()
        func fault(_ keys: String) -> String { #""id":"d","kind":"disk-slow",\#(keys)"# }
        try expectRefusal(host, fault(#""control":"\#(disk.control)""#), "malformed", "neither slow nor fails")
        try expectRefusal(host, fault(#""control":"here","delay":"1ms""#), "malformed", "absolute")
        try expectRefusal(host, fault(#""control":"/no/such","delay":"1ms""#), "missing", "nobody serves")
        try expectRefusal(host, fault(#""control":"\#(disk.control)","errors":"120%""#), "malformed", "errors")
        #expect(disk.state == "0 ns, 0 ppm, 0 holders")
    }
}
