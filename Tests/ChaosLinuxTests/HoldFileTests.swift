import ChaosLinux
import Foundation
import Testing

/// Files that keep a supervisor from starting what a fault killed.
@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized) struct HoldFileTests {
    private let directory: TemporaryDirectory
    private let mark = Int.random(in: 1_000_000...9_000_000)

    init() throws { directory = try TemporaryDirectory() }

    private var hold: String { directory.path + "/held" }
    private var copies: [Int32] { TestServer.copies(["sleep", "\(mark)"]) }
    private var holders: [String] {
        ((try? String(contentsOfFile: hold, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// Starts it again unless it is held, as fast as it can, and counts the starts.
    private func supervisor() throws -> TestProcess {
        let script =
            "while :; do if [ -e \(hold) ]; then sleep 0.01; else echo >>\(directory.path)/starts; sleep \(mark); fi; done"
        let supervisor = try TestProcess(["sh", "-c", script])
        try #require(eventually { copies.count == 1 })
        return supervisor
    }

    private func end(_ supervisor: TestProcess) {
        // Its child has inherited what `end` waits for.
        kill(supervisor.pid, SIGKILL)
        _ = eventually {
            for pid in copies { kill(pid, SIGKILL) }
            return copies.isEmpty
        }
        supervisor.end()
    }

    private var starts: Int {
        ((try? String(contentsOfFile: directory.path + "/starts", encoding: .utf8)) ?? "").count
    }

    private func fault(_ id: String, _ more: String = "") -> String {
        #""id":"\#(id)","kind":"kill","processes":{"command":"sleep \#(mark)"},"hold-file":"\#(hold)"\#(more)"#
    }

    @Test(
        "A supervisor that honours the file starts nothing until the revert, and then at once",
        arguments: ["revert", "kill", "input"])
    func whatIsHeldStaysDown(way: String) throws {
        let supervisor = try supervisor()
        defer { end(supervisor) }
        let host = try HostProcess()
        let reply = try host.inject(fault("k", #","again":false"#))
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(reply.effective == true)
        #expect(reply.evidence?.contains("held by \(hold)") == true, "\(reply.evidence ?? "")")
        usleep(200_000)
        #expect(copies == [])
        #expect(starts == 1)
        #expect(try host.ask(#""op":"status""#).held?.first?.effective == true)
        try host.end("k", by: way)
        #expect(eventually { copies.count == 1 && host.records.isEmpty })
        #expect(!FileManager.default.fileExists(atPath: hold))
        #expect(starts == 2)
    }

    @Test("Two faults hold one process down, and the first to end does not start it")
    func twoFaultsHoldOneProcessDown() throws {
        let supervisor = try supervisor()
        defer { end(supervisor) }
        let one = try HostProcess(run: "one")
        let other = try HostProcess(run: "one", state: one.state)
        #expect(try one.inject(fault("k")).ok == true)
        let second = try other.inject(fault("k"))
        #expect(second.ok == true, "\(second.error?.message ?? "")")
        #expect(second.evidence?.contains("nobody was there") == true, "\(second.evidence ?? "")")
        #expect(try one.inject(fault("l")).ok == true)
        #expect(holders.count == 3)
        #expect(try one.revert("k").clean == true)
        other.crash()
        #expect(eventually { holders.count == 1 })
        usleep(100_000)
        #expect(copies == [])
        #expect(starts == 1)
        #expect(try one.revert("l").clean == true)
        #expect(eventually { copies.count == 1 })
        #expect(starts == 2)
    }

    @Test("A debt is paid twice without harm, and takes nobody else out of the file")
    func payingTwiceIsHarmless() throws {
        let debts = try Debts()
        func pay(_ holder: String) throws -> Recovery.Outcome {
            try debts.owe([["holdFile": ["path": hold, "holder": holder]]])
            return Recovery.recover(in: debts.directories)
        }
        try "r@1/f\nr@1/ff\n".write(toFile: hold, atomically: false, encoding: .utf8)
        for _ in 0..<2 {
            #expect(try pay("r@1/ff").owed == [])
            #expect(holders == ["r@1/f"])
        }
        #expect(try pay("r@1/fff").owed == [])
        #expect(holders == ["r@1/f"])
        for _ in 0..<2 {
            #expect(try pay("r@1/f").owed == [])
            #expect(!FileManager.default.fileExists(atPath: hold))
        }
        // Made, and not yet written to.
        try "".write(toFile: hold, atomically: false, encoding: .utf8)
        #expect(try pay("r@1/f").owed == [])
        #expect(!FileManager.default.fileExists(atPath: hold))
        // Somebody else's.
        try "maintenance\n".write(toFile: hold, atomically: false, encoding: .utf8)
        #expect(try pay("r@1/f").owed == [])
        #expect(holders == ["maintenance"])
    }

    @Test("Of a host that is down every file is made, and every one goes")
    func aHostThatIsDownIsHeld() throws {
        let fabric = try TestFabric()
        let down = fabric.hosts[0]
        let sleeper = try TestProcess(["ip", "netns", "exec", down.name, "sleep", "\(mark)"])
        defer { sleeper.end() }
        try #require(eventually { copies.count == 1 })
        let host = try HostProcess(in: down, lease: "10s")
        let files = ["a", "b"].map { "\(directory.path)/\($0)" }
        let list = files.map { "\"\($0)\"" }.joined(separator: ",")
        let reply = try host.inject(
            #""id":"d","kind":"host-down","processes":[{"command":"sleep \#(mark)"}],"hold-file":[\#(list)],"network":{"peers":["\#(fabric.hosts[1].address)"]}"#
        )
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(files.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        #expect(copies == [])
        #expect(try host.revert("d").clean == true)
        #expect(!files.contains { FileManager.default.fileExists(atPath: $0) })
    }

    @Test("Two host-downs of one target take themselves back, each by itself")
    func twoHostDownsOfOneTarget() throws {
        let fabric = try TestFabric()
        let down = fabric.hosts[0]
        let sleeper = try TestProcess(["ip", "netns", "exec", down.name, "sleep", "\(mark)"])
        defer {
            sleeper.end()
            for pid in copies { kill(pid, SIGKILL) }
        }
        try #require(eventually { copies.count == 1 })
        let before = try down.fingerprint()
        let host = try HostProcess(in: down, lease: "10s")
        func fault(_ id: String) -> String {
            #""id":"\#(id)","kind":"host-down","processes":[{"command":"sleep \#(mark)"}],"hold-file":["\#(hold)"],"start":[{"command":["sleep","\#(mark)"]}],"network":{"peers":["\#(fabric.hosts[1].address)"]}"#
        }
        for id in ["a", "b"] {
            let reply = try host.inject(fault(id))
            #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        }
        #expect(try host.revert("a").clean == true)
        #expect(try !fabric.hosts[1].reaches(down))
        // What the first one's end starts, the second one kills.
        #expect(eventually { copies.isEmpty })
        #expect(holders.count == 1)
        #expect(try host.revert("b").clean == true)
        #expect(try fabric.hosts[1].reaches(down))
        #expect(eventually { copies.count == 1 })
        #expect(!FileManager.default.fileExists(atPath: hold))
        #expect(try down.fingerprint() == before)
        #expect(host.records == [])
    }

    @Test("A file that cannot be made, or is another's, refuses the fault and is left as it is")
    func badFilesAreRefused() throws {
        let counter = try Counter()
        let host = try HostProcess()
        func fault(_ path: String) -> String {
            #""id":"k","kind":"kill","processes":{"pid":\#(counter.pid)},"hold-file":"\#(path)""#
        }
        try expectRefusal(host, fault("held"), "malformed", "absolute")
        try expectRefusal(host, fault("/no/such/held"), "missing", "/no/such/")
        try "maintenance\n".write(toFile: hold, atomically: false, encoding: .utf8)
        try expectRefusal(host, fault(hold), "busy", "not by a fault of ours")
        #expect(holders == ["maintenance"])
        #expect(counter.isCounting)
        #expect(host.records == [])
    }
}
