import ChaosLinux
import Foundation
import Testing

/// Instants at which the contract of safety was once broken.
@Suite struct ContractTests {
    private func pause(_ target: TestProcess, id: String = "p") -> String {
        #""id":"\#(id)","kind":"pause","mechanism":"stop","processes":{"pid":\#(target.pid)}"#
    }

    private func isStopped(_ target: TestProcess) -> Bool { ProcessStatus.of(target.pid)?.state == "T" }

    /// Seconds until `condition`; nil if it does not come.
    private func time(within seconds: Double, until condition: () -> Bool) -> Double? {
        let begin = Date()
        while Date().timeIntervalSince(begin) < seconds {
            if condition() { return Date().timeIntervalSince(begin) }
            usleep(5_000)
        }
        return nil
    }

    /// The request is read before the guardian's death is noticed.
    @Test func nothingIsInjectedWhenTheGuardianIsFoundDead() throws {
        let target = try TestProcess(["sleep", "60"])
        let host = try HostProcess(lease: "1s")
        let guardian = try #require(host.guardian)
        kill(host.process.processIdentifier, SIGSTOP)
        try host.send(#"{"id":77,"op":"inject","fault":{\#(pause(target))}}"#)
        usleep(50_000)
        kill(guardian, SIGKILL)
        usleep(50_000)
        kill(host.process.processIdentifier, SIGCONT)
        #expect(try host.reply(within: 5) { $0.re == 77 }.ok == false)
        #expect(!isStopped(target))
        #expect(host.records.isEmpty)
    }

    @Test func twoOfOneNameAreNotBothInjected() throws {
        let targets = [try TestProcess(["sleep", "60"]), try TestProcess(["sleep", "60"])]
        let host = try HostProcess()
        let probes = #"[{"address":"127.0.0.1"}]"#
        for (id, target) in targets.enumerated() {
            try host.send(#"{"id":\#(70 + id),"op":"inject","fault":{\#(pause(target))},"probes":\#(probes)}"#)
        }
        #expect(try host.reply(within: 5) { $0.re == 70 }.ok == true)
        #expect(try host.reply(within: 5) { $0.re == 71 }.error?.code == "busy")
        #expect(isStopped(targets[0]))
        #expect(!isStopped(targets[1]))
    }

    @Test(.enabled(if: geteuid() == 0 && TestCgroup.mount(of: "freezer")?.isUnified == false))
    func anExecutorThatCannotDieIsPaidFor() throws {
        let target = try TestProcess(["sleep", "60"])
        let group = try TestCgroup("freezer")
        let host = try HostProcess(lease: "1s")
        #expect(try host.inject(pause(target)).ok == true)
        // A frozen process of version 1 does not die of SIGKILL before it is thawed.
        try group.add(host.process.processIdentifier)
        defer { try? group.write("THAWED", to: "freezer.state") }
        try group.write("FROZEN", to: "freezer.state")
        #expect(time(within: 2.5) { !isStopped(target) } != nil)
        try group.write("THAWED", to: "freezer.state")
        #expect(host.owesNothing())
    }

    @Test(arguments: [true, false])
    func aSlowUndoHoldsNothingElseUp(isExecutorKilled: Bool) throws {
        let target = try TestProcess(["sleep", "60"])
        let host = try HostProcess(lease: "20s")
        #expect(try host.inject(pause(target, id: "a")).ok == true)
        let slow = #""id":"b","kind":"procedure","command":["true"],"undo":["sleep","3"]"#
        #expect(try host.inject(slow).ok == true)
        if isExecutorKilled { host.crash() } else { host.closeInput() }
        #expect(time(within: 5) { !isStopped(target) }.map { $0 < 1 } == true)
        #expect(host.owesNothing(within: 8))
    }

    @Test func aProcedureHasEndedBeforeItsUndoRuns() throws {
        let directory = try TemporaryDirectory()
        let host = try HostProcess(lease: "20s")
        let command = "while :; do date +%N > \(directory.path)/beat; sleep 0.01; done"
        let undo = "rm \(directory.path)/beat; sleep 0.3"
        #expect(
            try host.inject(
                #""id":"b","kind":"procedure","shell":true,"command":"\#(command)","undo":["sh","-c","\#(undo)"]"#
            )
            .ok == true)
        usleep(200_000)
        host.crash()
        #expect(host.owesNothing())
        usleep(50_000)
        #expect(directory.files().isEmpty)
    }

    @Test func whatCouldNotBeTakenBackByTheLeaseTheGuardianTriesAgain() throws {
        let directory = try TemporaryDirectory()
        let host = try HostProcess(lease: "500ms")
        let undo = "echo >> \(directory.path)/tries; test $(wc -l < \(directory.path)/tries) -ge 2"
        #expect(
            try host.inject(#""id":"b","kind":"procedure","command":["true"],"undo":["sh","-c","\#(undo)"]"#).ok == true
        )
        #expect(try host.event("expired").clean == false)
        #expect(try host.ended() == 3)
        #expect(host.owesNothing())
    }

    @Test func aGuardianWhoseExecutorHasGoneWatchesNobodyElse() throws {
        let directory = try TemporaryDirectory()
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { for end in pair { close(end) } }
        let shell = Process()
        let output = Pipe()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        // The shell is the executor that dies as soon as it has started its guardian.
        shell.arguments = [
            "-c",
            #"exec 3<&0; "$0" guardian --session x@$$ --parent $$ --state "$1/s" --durable "$1/d" <&3 >&3 2>&3 & echo $!"#,
            HostProcess.executable, directory.path,
        ]
        shell.standardInput = FileHandle(fileDescriptor: pair[1])
        shell.standardOutput = output
        try shell.run()
        let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let guardian = try #require(Int32(said.trimmingCharacters(in: .whitespacesAndNewlines)))
        shell.waitUntilExit()
        let gone = time(within: 5) { ProcessStatus.of(guardian).map { $0.state == "Z" } ?? true }
        #expect(gone != nil)
        if gone == nil { kill(guardian, SIGKILL) }
    }

    @Test func recordsThatAnotherUserCouldForgeAreNotBelieved() throws {
        let directory = try TemporaryDirectory()
        let directories = StateDirectories(volatile: directory.path + "/s", durable: directory.path + "/d")
        let log = try UndoLog(directories: directories, run: "r")
        try log.record(
            .command(arguments: ["touch", directory.path + "/done"], limit: 1_000_000_000), fault: "f",
            kind: "procedure")
        chmod(directories.durable, 0o777)
        let outcome = Recovery.recover(in: directories)
        #expect(outcome.paid.isEmpty)
        #expect(outcome.owed.first?.contains("could be forged") == true)
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/done"))
        #expect(throws: HostError.self) { try UndoLog(directories: directories, run: "r") }
        chmod(directories.durable, 0o755)
        chown(directories.durable, geteuid() + 12_345, getegid())
        if geteuid() == 0 { #expect(!Recovery.recover(in: directories).owed.isEmpty) }
        chown(directories.durable, geteuid(), getegid())
        #expect(directories.forgeable.isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0))
    func aNamespaceIsFoundWhereverItIsMounted() throws {
        let directory = try TemporaryDirectory()
        let mounted = directory.path + "/ns"
        try #require(FileManager.default.createFile(atPath: mounted, contents: nil))
        // Nobody is in it; only the mount keeps it.
        let maker = try TestProcess(["unshare", "--net=" + mounted, "true"])
        maker.process.waitUntilExit()
        defer { umount2(mounted, Int32(MNT_DETACH)) }
        var status = stat()
        try #require(stat(mounted, &status) == 0)
        let namespace = NetNamespace(cookie: 1, inode: UInt64(status.st_ino))
        #expect(NetNamespace.path(of: namespace) == mounted)
        // Of that number, but another: the one meant is gone.
        let record = directory.path + "/f.undo"
        let link = LinkIdentity(index: 1, name: "lo", address: "00:00:00:00:00:00", namespace: namespace)
        let header = UndoLog.Header(
            run: "r", fault: "f", kind: "latency", executor: ProcessIdentity(pid: 4_000_000, start: 1, boot: "x"),
            namespace: namespace)
        let lines = try [JSONEncoder().encode(header), JSONEncoder().encode(UndoStep.link(link))]
        try Data(lines.flatMap { $0 + [10] }).write(to: URL(fileURLWithPath: record))
        let payer = Process()
        payer.executableURL = URL(fileURLWithPath: HostProcess.executable)
        payer.arguments = ["pay", "--inside", mounted, record]
        try payer.run()
        payer.waitUntilExit()
        #expect(payer.terminationStatus == 0)
    }

    /// As with a terminal, or a socket of inetd's kind.
    @Test func noReplyIsLostWhenInputAndOutputAreOneSocket() throws {
        let directory = try TemporaryDirectory()
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        let executor = Process()
        executor.executableURL = URL(fileURLWithPath: HostProcess.executable)
        executor.arguments = ["--state", directory.path + "/s", "--durable", directory.path + "/d"]
        executor.standardInput = FileHandle(fileDescriptor: pair[1])
        executor.standardOutput = FileHandle(fileDescriptor: pair[1])
        try executor.run()
        close(pair[1])
        let count = 3_000
        let requests = Data((0..<count).map { #"{"op":"renew","id":\#($0)}"# + "\n" }.joined().utf8)
        let ours = FileHandle(fileDescriptor: pair[0])
        let writer = Thread { try? ours.write(contentsOf: requests) }
        writer.start()
        usleep(500_000)
        var lines = 0
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var wait = pollfd(fd: pair[0], events: Int16(POLLIN), revents: 0)
        while lines < count, poll(&wait, 1, 5_000) == 1 {
            let got = read(pair[0], &buffer, buffer.count)
            guard got > 0 else { break }
            lines += buffer[..<got].count { $0 == 10 }
        }
        #expect(lines == count)
        close(pair[0])
        executor.waitUntilExit()
    }

    /// Its guardian is stopped: nobody else is left.
    @Test func anExecutorThatWakesPastItsLeaseBesideAStoppedGuardianReverts() throws {
        let target = try TestProcess(["sleep", "60"])
        let host = try HostProcess(lease: "500ms")
        let guardian = try #require(host.guardian)
        #expect(try host.inject(pause(target)).ok == true)
        let executor = host.process.processIdentifier
        kill(guardian, SIGSTOP)
        kill(executor, SIGSTOP)
        usleep(1_200_000)
        kill(executor, SIGCONT)
        #expect(time(within: 1) { !isStopped(target) } != nil)
        kill(guardian, SIGCONT)
        #expect(host.owesNothing())
    }

    @Test func aRebootPaysWhatItDoesNotOutlive() throws {
        let directory = try TemporaryDirectory()
        let directories = StateDirectories(volatile: directory.path + "/s", durable: directory.path + "/d")
        let session = "\(directories.volatile)/runs/r@4000000"
        try StateDirectories.create(session)
        // A cgroup of this boot happens to have the number of another boot's.
        let foreign = directory.path + "/cpu.max"
        try Data("max 100000".utf8).write(to: URL(fileURLWithPath: foreign))
        let header = UndoLog.Header(
            run: "r", fault: "f", kind: "cpu", executor: ProcessIdentity(pid: 4_000_000, start: 1, boot: "before"),
            namespace: .current)
        let step = UndoStep.controlFile(
            path: foreign, inode: try #require(Cgroup.inode(of: foreign)), was: "1000 100000")
        let lines = try [JSONEncoder().encode(header), JSONEncoder().encode(step)]
        try Data(lines.flatMap { $0 + [10] }).write(to: URL(fileURLWithPath: session + "/f.undo"))
        let outcome = Recovery.recover(in: directories)
        #expect(outcome.owed.isEmpty)
        #expect(outcome.paid.count == 1)
        #expect(try SmallFile.read(foreign) == "max 100000")
    }

    /// Which need not be an ancestor of the executor.
    @Test func aRunnerIsNotHit() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: directory.path + "/gauntlet")
        let runner = try TestProcess([directory.path + "/gauntlet", "60"])
        let host = try HostProcess()
        #expect(try host.inject(pause(runner)).error?.code == "protected")
        #expect(host.records.isEmpty)
    }
}
