import ChaosLinux
import Foundation
import Testing

/// The executor's conversation, without any fault.
@Suite struct SessionTests {
    @Test func anExecutorGreetsAndEndsWithItsInput() throws {
        let host = try HostProcess()
        #expect(try host.ask(#""op":"status""#).held == [])
        host.closeInput()
        #expect(try host.ended() == 0)
        #expect(host.state.files() == ["state/lock"])
    }

    @Test func nothingButHelloIsServedBeforeHello() throws {
        let host = try HostProcess(run: nil)
        let reply = try host.ask(#""op":"renew""#)
        #expect(reply.ok == false)
        #expect(reply.error?.hint.contains("hello") == true)
    }

    @Test func anotherRunIsRefusedWhileOneHoldsTheHost() throws {
        let first = try HostProcess(run: "one")
        let second = try HostProcess(run: nil, state: first.state)
        let refused = try second.ask(#""op":"hello","version":1,"run":"two""#)
        #expect(refused.error?.code == "busy")
        #expect(refused.error?.message.contains("`one`") == true)
        first.closeInput()
        #expect(try first.ended() == 0)
        #expect(try second.ask(#""op":"hello","version":1,"run":"two""#).ok == true)
    }

    @Test func executorsOfOneRunShareTheHost() throws {
        let first = try HostProcess(run: "one")
        let second = try HostProcess(run: "one", state: first.state)
        #expect(try second.ask(#""op":"status""#).ok == true)
    }

    @Test(arguments: [
        ("", "empty"), ("{", "check indentation, brackets"), ("[1]", "request:1:1"), ("\u{0}", "request:1:"),
        ("{\"op\":\"status\"}", "id"),
        ("{\"id\":1,\"op\":\"injekt\"}", "did you mean `inject`?"),
        ("{\"id\":1,\"op\":\"inject\",\"fault\":{\"id\":\"f\",\"kind\":\"puase\"}}", "did you mean `pause`?"),
        ("{\"id\":1,\"op\":\"revert\",\"fault\":\"f\",\"extra\":1}", "unknown key `extra`"),
        ("{\"id\":1,\"op\":\"revert\",\"fault\":\"nothing\"}", "no fault `nothing`"),
        ("{\"id\":1,\"op\":\"probe\",\"probes\":[{\"address\":\"10.0.0\"}]}", "not an IP address"),
        ("{\"id\":1,\"op\":\"hello\",\"version\":7,\"run\":\"x\"}", "version"),
        ("{\"id\":1,\"op\":\"hello\",\"version\":1,\"run\":\"x\"}", "already"),
    ])
    func aBadRequestGetsOneClearErrorAndNoRecord(request: String, says: String) throws {
        let host = try HostProcess()
        // An empty line is no request at all; what follows it is answered.
        try host.send(request)
        if request.isEmpty {
            #expect(try host.ask(#""op":"status""#).ok == true)
        } else {
            let reply = try host.reply(within: 5) { $0.ok == false }
            // Whoever waits for the answer knows it by its id, wherever that can be read.
            #expect(reply.re == (request.contains("\"id\":1") ? 1 : nil))
            let said = "\(reply.error?.message ?? "") \(reply.error?.hint ?? "")"
            #expect(said.contains(says), "\(said)")
        }
        #expect(host.state.files().allSatisfy { !$0.hasSuffix(".undo") })
        #expect(try host.ask(#""op":"status""#).ok == true)
    }

    @Test func aRequestOfMoreThanAMebibyteIsRefusedAndTheNextOneServed() throws {
        let host = try HostProcess()
        try host.send(String(repeating: "x", count: (1 << 20) + 10))
        #expect(try host.reply(within: 10) { $0.ok == false }.error?.message.contains("more than") == true)
        #expect(try host.ask(#""op":"status""#).ok == true)
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func aSignalEndsItInOrder(signal: Int32) throws {
        let host = try HostProcess()
        kill(host.process.processIdentifier, signal)
        #expect(try host.ended() == 0)
        #expect(host.state.files() == ["state/lock"])
    }

    @Test func haltEndsTheExecutorAndSaysSo() throws {
        let host = try HostProcess()
        let reply = try host.ask(#""op":"halt""#)
        #expect(reply.clean == true)
        #expect(try host.ended() == 0)
    }

    @Test func theGuardiansDeathIsReportedAndNothingIsInjectedAnyMore() throws {
        let host = try HostProcess()
        let guardian = try #require(try host.guardian())
        kill(guardian, SIGKILL)
        var refused: HostReply
        repeat {
            refused = try host.ask(#""op":"renew""#)
        } while refused.ok == true
        #expect(refused.error?.message.contains("guardian") == true)
    }
}
