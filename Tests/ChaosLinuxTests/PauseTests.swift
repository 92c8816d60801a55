import ChaosLinux
import Foundation
import Testing

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized) struct PauseTests {
    static let mechanisms = ["freezer", "freezer-v1", "ptrace", "stop"].filter { name in
        switch name {
        case "freezer":
            FileManager.default.fileExists(atPath: "/sys/fs/cgroup/unified/cgroup.procs")
                || FileManager.default.fileExists(atPath: "/sys/fs/cgroup/cgroup.controllers")
        case "freezer-v1": FileManager.default.fileExists(atPath: "/sys/fs/cgroup/freezer/cgroup.procs")
        default: true
        }
    }

    private func fault(_ mechanism: String, _ pid: Int32) -> String {
        #""id":"p1","kind":"pause","mechanism":"\#(mechanism)","processes":{"pid":\#(pid)}"#
    }

    @Test(arguments: mechanisms) func aPausedProcessStandsStillAndGoesOnAsBefore(mechanism: String) throws {
        let counter = try Counter()
        let neighbour = try Counter()
        let before = counter.program.cgroups
        let host = try HostProcess()
        let reply = try host.inject(fault(mechanism, counter.pid))
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(reply.mechanism == mechanism)
        #expect(reply.effective == true)
        #expect(reply.evidence?.contains("(3 threads)") == true, "\(reply.evidence ?? "")")
        #expect(counter.isStill)
        #expect(neighbour.isCounting)
        #expect(try host.revert("p1").clean == true)
        #expect(counter.isCounting)
        #expect(counter.program.cgroups == before)
        #expect(cgroupsOfOurs("p1") == [])
        #expect(host.records == [])
    }

    @Test(arguments: mechanisms) func aPauseEndsWithinASecondOfTheExecutorsDeath(mechanism: String) throws {
        let counter = try Counter()
        let before = counter.program.cgroups
        let host = try HostProcess()
        #expect(try host.inject(fault(mechanism, counter.pid)).ok == true)
        #expect(counter.isStill)
        host.crash()
        #expect(counter.timeToCount() < 1)
        #expect(eventually { counter.program.cgroups == before && cgroupsOfOurs("p1").isEmpty && host.records.isEmpty })
    }

    @Test(arguments: mechanisms) func aPauseEndsWhenTheInputDoes(mechanism: String) throws {
        let counter = try Counter()
        let host = try HostProcess()
        #expect(try host.inject(fault(mechanism, counter.pid)).ok == true)
        host.closeInput()
        #expect(try host.ended() == 0)
        #expect(counter.isCounting)
        #expect(cgroupsOfOurs("p1") == [])
    }

    @Test func aPauseOutlivesAHungExecutorByItsLeaseOnly() throws {
        let counter = try Counter()
        let host = try HostProcess(lease: "500ms")
        #expect(try host.inject(fault(Self.mechanisms[0], counter.pid)).ok == true)
        kill(host.process.processIdentifier, SIGSTOP)
        #expect(counter.timeToCount() < 2)
        #expect(eventually { cgroupsOfOurs("p1").isEmpty && host.records.isEmpty })
    }

    @Test(arguments: mechanisms) func whoWasStoppedBeforeStaysStopped(mechanism: String) throws {
        let counter = try Counter()
        kill(counter.pid, SIGSTOP)
        #expect(eventually { counter.program.status?.state == "T" })
        let host = try HostProcess()
        let reply = try host.inject(fault(mechanism, counter.pid))
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(try host.revert("p1").clean == true)
        #expect(counter.isStill)
        #expect(counter.program.status?.state == "T")
        kill(counter.pid, SIGCONT)
        #expect(counter.isCounting)
    }

    /// Every few milliseconds one more child that would count on its own.
    private static let forker = """
        import os, sys, time
        parent, n = os.getpid(), 0
        while n < 400:
            n += 1
            if os.fork() == 0:
                file = os.open(f'{sys.argv[1]}/{n}', os.O_RDWR | os.O_CREAT)
                i = 0
                while os.getppid() == parent:
                    i += 1
                    os.pwrite(file, b'%012d' % i, 0)
                    time.sleep(0.01)
                os._exit(0)
            time.sleep(0.01)
        time.sleep(100)
        """

    @Test(arguments: mechanisms) func whatIsBegunDuringThePauseIsCaught(mechanism: String) throws {
        let directory = try TemporaryDirectory()
        let parent = try TestProcess([python, "-c", Self.forker, directory.path])
        func children() -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()) ?? []
        }
        #expect(eventually { children().count > 3 })
        let host = try HostProcess()
        let reply = try host.inject(fault(mechanism, parent.pid))
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        let names = children()
        usleep(100_000)
        // Nobody is begun any more.
        #expect(children() == names)
        let held = Set((reply.targets ?? []).compactMap { Int32($0.split(separator: " ").dropFirst().first ?? "") })
        #expect(held.contains(parent.pid))
        #expect(try host.revert("p1").clean == true)
        #expect(eventually { children().count > names.count })
        #expect(cgroupsOfOurs("p1") == [])
    }

    @Test(arguments: mechanisms.filter { $0.hasPrefix("freezer") })
    func aSelectedCgroupIsFrozenAsAWhole(mechanism: String) throws {
        let counter = try Counter()
        let root = mechanism == "freezer" ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup/freezer"
        let base = FileManager.default.fileExists(atPath: root) ? root : "/sys/fs/cgroup"
        let path = "\(base)/gt\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer {
            _ = try? Data("\(counter.pid)".utf8).write(to: URL(fileURLWithPath: base + "/cgroup.procs"))
            rmdir(path)
        }
        func put(_ text: String, _ file: String) throws {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(path)/\(file)"))
            try handle.write(contentsOf: Data(text.utf8))
        }
        try put("\(counter.pid)", "cgroup.procs")
        let host = try HostProcess()
        let reply = try host.inject(
            #""id":"p1","kind":"pause","mechanism":"\#(mechanism)","processes":{"cgroup":"\#(path)"}"#)
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(counter.isStill)
        #expect(cgroupsOfOurs("p1") == [])
        host.crash()
        #expect(counter.timeToCount() < 1)
        #expect(eventually { host.records.isEmpty })
        // Back home before the directory goes.
        let home = try FileHandle(forWritingTo: URL(fileURLWithPath: base + "/cgroup.procs"))
        try home.write(contentsOf: Data("\(counter.pid)".utf8))
    }

    @Test func aDebuggedProcessIsNotHeldByPtraceTwice() throws {
        let counter = try Counter()
        let first = try HostProcess()
        #expect(try first.inject(fault("ptrace", counter.pid)).ok == true)
        let second = try HostProcess()
        try expectRefusal(second, fault("ptrace", counter.pid), "busy", "is traced by process")
        #expect(counter.isStill)
    }

    @Test func badRequestsChangeNothing() throws {
        let counter = try Counter()
        let host = try HostProcess()
        try expectRefusal(host, fault("frezer", counter.pid), "unknown", "freezer")
        try expectRefusal(host, fault("stop", 1), "protected", "pid 1")
        try expectRefusal(host, fault("stop", getpid()), "protected", "ancestor")
        try expectRefusal(host, fault("stop", host.process.processIdentifier), "protected", "this executor")
        try expectRefusal(host, #""id":"p1","kind":"pause","processes":{}"#, "malformed", "at least one of pid")
        try expectRefusal(
            host, #""id":"p1","kind":"pause","processes":{"command":"no such command line *"}"#, "missing",
            "no process matches command no such")
        try expectRefusal(
            host, #""id":"p1","kind":"pause","processes":{"command-regex":"("}"#, "malformed", "regular expression")
        try expectRefusal(
            host, #""id":"p1","kind":"pause","processes":{"cgroup":"no-such-cgroup"}"#, "missing", "no cgroup")
        try expectRefusal(host, #""id":"p1","kind":"pause","processes":{"cgroup":"/"}"#, "protected", "protected")
        if !FileManager.default.fileExists(atPath: "/run/systemd/system") {
            try expectRefusal(
                host, #""id":"p1","kind":"pause","processes":{"unit":"nats"}"#, "unsupported", "no systemd runs here")
        }
        #expect(counter.isCounting)
    }
}
