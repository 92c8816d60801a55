import ChaosLinux
import Foundation
import Testing

@Suite struct CommandOutputTests {
    @Test func littleOutputIsKeptWhole() {
        var output = CommandOutput()
        output.append(Array("one\ntwo\n".utf8)[...])
        #expect(output.text == "one\ntwo\n")
        #expect(output.end(100) == "one\ntwo")
        #expect(output.end(6) == "two")
    }

    @Test func ofMuchOutputBothEndsAreKept() {
        var output = CommandOutput()
        for index in 0..<30_000 { output.append(Array("line \(index)\n".utf8)[...]) }
        #expect(output.text.hasPrefix("line 0\nline 1\n"))
        #expect(output.text.hasSuffix("line 29999\n"))
        #expect(output.text.contains("bytes left out"))
        #expect(output.text.utf8.count < 2 * CommandOutput.half + 100)
        #expect(output.end(25) == "line 29998\nline 29999")
    }
}

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized) struct ProcedureTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private var sleepers: [Int32] { TestServer.copies(["sleep", "\(tag)"]) }
    private let tag = Int.random(in: 1_000_000...9_000_000)

    @Test(arguments: ["cgroup", "session"]) func aCommandRunsBesideTheLoopAndTellsItsEnd(mechanism: String) throws {
        let host = try HostProcess()
        let reply = try host.inject(
            #""id":"r1","kind":"procedure","mechanism":"\#(mechanism)","allow-irreversible":true,"directory":"\#(directory.path)","shell":true,"command":"pwd; sleep 0.2; echo failed >&2; exit 3""#
        )
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(reply.mechanism == mechanism)
        #expect(try host.ask(#""op":"status""#).held?.count == 1)
        let end = try host.event("ended")
        #expect(end.evidence?.hasPrefix("exit code 3 after ") == true, "\(end.evidence ?? "")")
        #expect(end.evidence?.hasSuffix("\(directory.path)\nfailed") == true, "\(end.evidence ?? "")")
        #expect(try host.revert("r1").clean == true)
        #expect(cgroupsOfOurs("r1") == [])
        #expect(host.records == [])
    }

    @Test(arguments: ["cgroup", "session"]) func overItsLimitItIsKilledWithItsChildren(mechanism: String) throws {
        let host = try HostProcess(lease: "20s")
        let reply = try host.inject(
            #""id":"r1","kind":"procedure","mechanism":"\#(mechanism)","allow-irreversible":true,"limit":"1s","shell":true,"command":"sleep \#(tag) & echo begun; sleep \#(tag)""#
        )
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(eventually { sleepers.count == 2 })
        let end = try host.event("ended")
        #expect(end.evidence?.contains("over its limit") == true)
        #expect(end.evidence?.contains("begun") == true)
        #expect(eventually { sleepers.isEmpty })
        #expect(try host.revert("r1").clean == true)
        #expect(cgroupsOfOurs("r1") == [])
    }

    @Test(arguments: ["cgroup", "session"]) func itEndsWithAllItsChildrenWhenTheExecutorDies(mechanism: String) throws {
        let host = try HostProcess()
        let reply = try host.inject(
            #""id":"r1","kind":"procedure","mechanism":"\#(mechanism)","undo":["touch","\#(directory.path)/undone"],"shell":true,"command":"sleep \#(tag) & sleep \#(tag)""#
        )
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(eventually { sleepers.count == 2 })
        host.crash()
        #expect(eventually { sleepers.isEmpty && cgroupsOfOurs("r1").isEmpty && host.records.isEmpty })
        #expect(FileManager.default.fileExists(atPath: directory.path + "/undone"))
    }

    @Test("Killed between the start of a session and its record, the executor leaves nothing that has run")
    func nothingRunsBeforeItsRecord() throws {
        for isKilled in [true, false] {
            let fabric = try TestFabric()
            let made = directory.path + "/made"
            let ensemble = try Ensemble(
                in: fabric.hosts[0], state: directory.path, run: "gate", checkpoint: .beforeRecord,
                lease: 60_000_000_000)
            _ = ensemble.send(
                #""op":"inject","fault":{"id":"f","kind":"procedure","mechanism":"session","allow-irreversible":true,"command":["touch","\#(made)"]}"#
            )
            #expect(ensemble.standsAtCheckpoint(within: 10) { false })
            // Forked, and waiting.
            let children = try String(
                contentsOfFile: "/proc/\(ensemble.executor.pid)/task/\(ensemble.executor.pid)/children", encoding: .utf8
            )
            let gated = children.split(separator: " ").compactMap { Int32($0) }.compactMap(ProcessIdentity.of)
                .filter { $0 != ensemble.guardian }
            #expect(gated.count == 1)
            usleep(100_000)
            #expect(!FileManager.default.fileExists(atPath: made))
            if isKilled { ensemble.hit(.executor) }
            ensemble.goOn()
            #expect(eventually { !gated.contains(where: \.isAlive) })
            #expect(eventually { FileManager.default.fileExists(atPath: made) != isKilled })
        }
    }

    @Test func theRevertEndsItAndRunsItsUndo() throws {
        let host = try HostProcess()
        let made = directory.path + "/made"
        let reply = try host.inject(
            #""id":"r1","kind":"procedure","command":["touch","\#(made)"],"undo":["rm","\#(made)"]"#)
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(try host.event("ended").evidence?.hasPrefix("exit code 0") == true)
        #expect(FileManager.default.fileExists(atPath: made))
        #expect(try host.revert("r1").clean == true)
        #expect(!FileManager.default.fileExists(atPath: made))
    }

    @Test func childrenLeftBehindEndWithTheRevert() throws {
        let host = try HostProcess()
        let reply = try host.inject(
            #""id":"r1","kind":"procedure","allow-irreversible":true,"shell":true,"command":"setsid sleep \#(tag) >/dev/null 2>&1 & exit 0""#
        )
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(try host.event("ended").evidence?.contains("1 of its children run on") == true)
        #expect(eventually { sleepers.count == 1 })
        #expect(try host.revert("r1").clean == true)
        #expect(eventually { sleepers.isEmpty })
    }

    @Test func ofEndlessOutputOnlyTheEndsAreKept() throws {
        let host = try HostProcess()
        #expect(
            try host.inject(
                #""id":"r1","kind":"procedure","allow-irreversible":true,"command":["seq","1","200000"]"#
            ).ok == true)
        let end = try host.event("ended")
        #expect(end.evidence?.hasSuffix("199999\n200000") == true)
        #expect((end.evidence?.utf8.count ?? 0) < 3_000)
    }

    @Test func badRequestsChangeNothing() throws {
        let host = try HostProcess()
        func fault(_ fields: String) -> String { #""id":"r1","kind":"procedure",\#(fields)"# }
        try expectRefusal(host, fault(#""command":["true"]"#), "malformed", "allow-irreversible: true")
        try expectRefusal(
            host, fault(#""command":"true","allow-irreversible":true"#), "malformed", "or `shell: true`")
        try expectRefusal(
            host, fault(#""command":["true"],"shell":true,"allow-irreversible":true"#), "malformed", "with a list")
        try expectRefusal(
            host, fault(#""command":["no-such-program"],"allow-irreversible":true"#), "missing", "no-such-program")
        try expectRefusal(
            host, fault(#""command":["true"],"undo":["no-such-program"]"#), "missing", "no-such-program")
        try expectRefusal(
            host, fault(#""command":["true"],"directory":"/no/such","allow-irreversible":true"#), "missing", "/no/such")
        try expectRefusal(
            host, fault(#""command":["true"],"limit":"5","allow-irreversible":true"#), "malformed", "limit")
        #expect(cgroupsOfOurs("r1") == [])
    }
}
