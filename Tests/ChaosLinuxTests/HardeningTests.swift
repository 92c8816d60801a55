import CLinuxShims
import ChaosLinux
import Foundation
import Testing

/// What an executor, its guardian and the payment of debts must survive.
@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized) struct HardeningTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private var switchedOn: String { directory.path + "/on" }
    /// Cannot be taken back before a file is there.
    private var stubborn: String {
        #""id":"p","kind":"procedure","command":["true"],"undo":["test","-e","\#(switchedOn)"]"#
    }

    @Test("Without a guardian the executor tries again what could not be taken back, until it can, and tells it")
    func aRevertThatFailsIsTriedAgain() throws {
        let host = try HostProcess(lease: "60s")
        #expect(try host.inject(stubborn).ok == true)
        kill(try #require(host.guardian), SIGKILL)
        let failed = try host.event("guardian-lost")
        #expect(failed.clean == false)
        #expect(failed.error?.message.contains("undo test") == true, "\(failed.error?.message ?? "")")
        #expect(try host.ask(#""op":"status""#).held?.first?.evidence.contains("not taken back") == true)
        #expect(host.records.contains { $0.hasPrefix("durable/") })
        try "".write(toFile: switchedOn, atomically: false, encoding: .utf8)
        let told = try host.event("guardian-lost")
        #expect(told.fault == "p")
        #expect(told.clean == true)
        #expect(host.records == [])
        #expect(try host.ask(#""op":"status""#).held == [])
        host.closeInput()
        #expect(try host.ended() == 0)
    }

    @Test("One whose input ends meanwhile stays to try again")
    func anExecutorWithoutInputTriesAgain() throws {
        let host = try HostProcess(lease: "60s")
        #expect(try host.inject(stubborn).ok == true)
        kill(try #require(host.guardian), SIGKILL)
        #expect(try host.event("guardian-lost").clean == false)
        host.closeInput()
        usleep(300_000)
        #expect(host.process.isRunning)
        try "".write(toFile: switchedOn, atomically: false, encoding: .utf8)
        #expect(try host.ended() == 0)
        #expect(host.records == [])
    }

    @Test("A process whose first thread has ended is not taken for a dead one")
    func aProcessWithoutItsFirstThreadLives() throws {
        let program = """
            import ctypes, threading, time
            threading.Thread(target=lambda: time.sleep(1000)).start()
            ctypes.CDLL(None).syscall(\(Self.exitOfOneThread), 0)
            """
        let process = try TestProcess([python, "-c", program])
        try #require(eventually { ProcessStatus.of(process.pid)?.state == "Z" })
        let identity = try #require(ProcessIdentity.of(process.pid))
        #expect(identity.isAlive)
        #expect(identity.status?.state == "S")
        let host = try HostProcess()
        let reply = try host.inject(
            #""id":"k","kind":"kill","allow-irreversible":true,"again":false,"processes":{"command":"*pthread*time.sleep(1000)*"}"#
                .replacingOccurrences(of: "pthread", with: "threading.Thread"))
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(reply.targets == ["process \(process.pid)"])
        #expect(eventually { !identity.isAlive })
    }

    #if arch(x86_64)
        private static let exitOfOneThread = 60
    #else
        private static let exitOfOneThread = 93
    #endif

    @Test("Whoever pays a start waits for another who is starting the same, and starts no second copy")
    func aStartIsPaidOnce() throws {
        let mark = "\(Int.random(in: 1_000_000...9_000_000))"
        defer { for pid in TestServer.copies(["sleep", mark]) { kill(pid, SIGKILL) } }
        let debts = try Debts()
        try debts.owe([["startCommand": ["arguments": ["sleep", mark], "directory": directory.path]]])
        // As one who stands between fork and exec, with the lock that he keeps until then.
        let lock = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let path = directory.path
        let starter = Thread {
            usleep(300_000)
            _ = try? Shell.must("sh", "-c", "cd \(path); setsid sleep \(mark) </dev/null >/dev/null 2>&1 &")
            _ = eventually { !TestServer.copies(["sleep", mark]).isEmpty }
            close(lock)
        }
        starter.start()
        #expect(Recovery.recover(in: debts.directories).owed == [])
        #expect(TestServer.copies(["sleep", mark]).count == 1)
        // And what is started so lets go of the lock when it executes.
        try debts.owe([["startCommand": ["arguments": ["sleep", mark], "directory": directory.path]]])
        for pid in TestServer.copies(["sleep", mark]) { kill(pid, SIGKILL) }
        #expect(eventually { TestServer.copies(["sleep", mark]).isEmpty })
        #expect(Recovery.recover(in: debts.directories).owed == [])
        #expect(TestServer.copies(["sleep", mark]).count == 1)
        let other = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(other) }
        #expect(flock(other, LOCK_EX | LOCK_NB) == 0)
    }

    @Test("Closed standard descriptors are taken before anything else can be opened under their numbers")
    func closedDescriptorsAreOccupied() throws {
        let fifo = directory.path + "/input"
        try #require(mkfifo(fifo, 0o600) == 0)
        let host = try TestProcess([
            "sh", "-c",
            "exec \(HostProcess.executable) --state \(directory.path)/s --durable \(directory.path)/d <\(fifo) >&- 2>&-",
        ])
        defer { host.end() }
        let input = try #require(FileHandle(forWritingAtPath: fifo))
        try input.write(contentsOf: Data(#"{"op":"hello","id":1,"version":1,"run":"closed"}"#.utf8 + [10]))
        let lock = directory.path + "/s/lock"
        #expect(eventually { (try? String(contentsOfFile: lock, encoding: .utf8)) == "closed" })
        for number in 1...2 {
            #expect(
                try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(host.pid)/fd/\(number)")
                    == "/dev/null")
        }
        try input.close()
        #expect(eventually { !host.process.isRunning })
        #expect(host.process.terminationStatus == 0)
        // Nothing that was said went into it.
        #expect(try String(contentsOfFile: lock, encoding: .utf8) == "closed")
    }

    @Test("A guardian whose standard error nobody reads ends all the same")
    func aGuardianDoesNotWaitForAReader() throws {
        // A pipe that is full and stays so.
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let filler = [UInt8](repeating: 10, count: 65_536)
        while write(ends[1], filler, filler.count) > 0 {}
        _ = fcntl(ends[1], F_SETFL, 0)
        let host = try HostProcess(lease: "60s", errors: FileHandle(fileDescriptor: ends[1]))
        #expect(try host.inject(stubborn).ok == true)
        let guardian = try #require(host.guardian.flatMap(ProcessIdentity.of))
        host.crash()
        // It tries again for five seconds, then has something to say.
        #expect(eventually(within: 20) { !guardian.isAlive })
        #expect(!host.records.isEmpty)
        try "".write(toFile: switchedOn, atomically: false, encoding: .utf8)
        let paid = Recovery.recover(
            in: StateDirectories(volatile: host.state.path + "/state", durable: host.state.path + "/durable"))
        #expect(paid.owed == [])
    }
}
