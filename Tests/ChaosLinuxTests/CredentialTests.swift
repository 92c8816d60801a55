import ChaosLinux
import Foundation
import Testing

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized) struct CredentialTests {
    private let directory: TemporaryDirectory
    private var file: String { directory.path + "/secret" }
    private var other: String { directory.path + "/other" }
    private var log: String { directory.path + "/reloads" }

    init() throws {
        directory = try TemporaryDirectory()
        try "old-secret-0\n".write(toFile: file, atomically: true, encoding: .utf8)
        try "the-new-secret-1\n".write(toFile: other, atomically: true, encoding: .utf8)
        try Shell.must("chown", "1234:2345", file)
        try Shell.must("chmod", "0640", file)
        try Shell.must("touch", "-d", "2001-02-03 04:05:06.789", file)
    }

    /// Bytes, mode, owner, time of the last change of its bytes; and everything in the directory.
    private func fingerprint() throws -> String {
        try Shell.must("stat", "-c", "%n %a %u %g %s %h %y", file)
            + Shell.must("cat", file) + Shell.must("ls", "-A", directory.path)
    }

    private var reload: String { #""reload":["sh","-c","cat \#(file) >> \#(log)"]"# }

    @Test func aSecretIsExchangedInOneStepAndPutBackExactly() throws {
        let before = try fingerprint()
        let host = try HostProcess()
        let reply = try host.inject(#""id":"c1","kind":"credential","file":"\#(file)","replacement":"\#(other)""#)
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(reply.evidence?.contains("13 bytes exchanged for 17, mode 640, owner 1234:2345") == true)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "the-new-secret-1\n")
        #expect(try Shell.must("stat", "-c", "%a %u %g", file) == "640 1234 2345\n")
        #expect(try host.revert("c1").clean == true)
        #expect(try fingerprint() == before)
        #expect(host.records == [])
    }

    @Test func noSecretIsSaidOrWrittenDown() throws {
        let host = try HostProcess()
        let reply = try host.inject(
            #""id":"c1","kind":"credential","file":"\#(file)","replacement":"\#(other)",\#(reload)"#)
        #expect(reply.ok == true)
        let said = String(decoding: reply.line, as: UTF8.self)
        let written = try Shell.run(["grep", "-rE", "old-secret|new-secret", host.state.path]).output
        #expect(!said.contains("secret-"))
        #expect(written == "")
    }

    @Test func theServerReloadsAfterTheExchangeAndAfterTheRevert() throws {
        let host = try HostProcess()
        #expect(
            try host.inject(#""id":"c1","kind":"credential","file":"\#(file)","replacement":"\#(other)",\#(reload)"#).ok
                == true)
        #expect(try String(contentsOfFile: log, encoding: .utf8) == "the-new-secret-1\n")
        #expect(try host.revert("c1").clean == true)
        #expect(try String(contentsOfFile: log, encoding: .utf8) == "the-new-secret-1\nold-secret-0\n")
    }

    @Test func aSignalIsAReloadToo() throws {
        let server = try TestProcess([
            "sh", "-c", "echo $$ > \(directory.path)/pid; trap 'echo hup >> \(log)' HUP; while :; do sleep 0.02; done",
        ])
        _ = server
        #expect(eventually { FileManager.default.fileExists(atPath: directory.path + "/pid") })
        usleep(100_000)
        let host = try HostProcess()
        let reply = try host.inject(
            #""id":"c1","kind":"credential","file":"\#(file)","replacement":"\#(other)","reload":{"pid-file":"\#(directory.path)/pid"}"#
        )
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(eventually { (try? String(contentsOfFile: log, encoding: .utf8)) == "hup\n" })
        #expect(try host.revert("c1").clean == true)
        #expect(eventually { (try? String(contentsOfFile: log, encoding: .utf8)) == "hup\nhup\n" })
    }

    /// What lies there at the steps of an exchange at which the executor may die.
    enum Step: CaseIterable { case recorded, kept, prepared, exchanged, putBack }

    @Test(arguments: Step.allCases) func theOriginalIsBackWhereverTheExecutorDies(step: Step) throws {
        let before = try fingerprint()
        let backup = directory.path + "/.secret.gauntlet-c1-abc"
        if step != .recorded { try Shell.must("ln", file, backup) }
        if step == .prepared || step == .exchanged {
            try Shell.must("cp", other, backup + ".new")
            try Shell.must("ln", backup + ".new", backup + ".put")
        }
        if step == .exchanged { try Shell.must("mv", backup + ".put", file) }
        if step == .putBack {
            // Renamed already, but the server may not know.
            try Shell.must("cp", other, backup + ".new")
            try Shell.must("rm", backup)
        }
        let debts = try Debts()
        for _ in 0..<2 {
            try debts.owe([
                ["fileContents": ["path": file, "backup": backup, "reload": ["sh", "-c", "cat \(file) >> \(log)"]]]
            ])
            #expect(Recovery.recover(in: debts.directories).owed == [])
        }
        let reloads = try? String(contentsOfFile: log, encoding: .utf8)
        #expect(reloads == (step == .exchanged || step == .putBack ? "old-secret-0\n" : nil))
        unlink(log)
        #expect(try fingerprint() == before)
    }

    @Test func theOriginalIsBackWhenTheExecutorDies() throws {
        let before = try fingerprint()
        let host = try HostProcess()
        #expect(
            try host.inject(#""id":"c1","kind":"credential","file":"\#(file)","replacement":"\#(other)""#).ok == true)
        host.crash()
        #expect(eventually { (try? fingerprint()) == before && host.records.isEmpty })
    }

    @Test func aLinkStaysALink() throws {
        let link = directory.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "secret")
        let before = try fingerprint()
        let host = try HostProcess()
        #expect(
            try host.inject(#""id":"c1","kind":"credential","file":"\#(link)","replacement":"\#(other)""#).ok == true)
        #expect(try String(contentsOfFile: link, encoding: .utf8) == "the-new-secret-1\n")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "secret")
        #expect(try host.revert("c1").clean == true)
        #expect(try fingerprint() == before)
    }

    @Test func whatSomebodyElseWroteMeanwhileIsNotOverwritten() throws {
        let host = try HostProcess()
        #expect(
            try host.inject(#""id":"c1","kind":"credential","file":"\#(file)","replacement":"\#(other)""#).ok == true)
        try "rotated".write(toFile: file, atomically: true, encoding: .utf8)
        let reply = try host.revert("c1")
        #expect(reply.ok == false)
        #expect(reply.error?.message.contains("rewritten by somebody else") == true)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "rotated")
    }

    @Test func badRequestsChangeNothing() throws {
        let host = try HostProcess()
        func fault(_ file: String, _ other: String, _ more: String = "") -> String {
            #""id":"c1","kind":"credential","file":"\#(file)","replacement":"\#(other)"\#(more)"#
        }
        try expectRefusal(host, fault("/no/such/file", other), "missing", "/no/such/file")
        try expectRefusal(host, fault(file, "/no/such/file"), "missing", "/no/such/file")
        try expectRefusal(host, fault("secret", other), "malformed", "absolute path")
        try expectRefusal(host, fault(file, file), "malformed", "same file")
        try expectRefusal(host, fault(directory.path, other), "malformed", "not a regular file")
        try expectRefusal(host, fault(file, other, #","reload":["no-such-program"]"#), "missing", "no-such-program")
        try expectRefusal(
            host, fault(file, other, #","reload":{"pid-file":"/no/such/pid"}"#), "missing", "/no/such/pid")
        // A reload that fails takes the exchange back.
        let reply = try host.inject(fault(file, other, #","reload":["false"]"#))
        #expect(reply.error?.message.contains("reload false: exit code 1") == true)
        // The reload after it fails as well: that is said, and the file is the original all the same.
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "old-secret-0\n")
    }
}
