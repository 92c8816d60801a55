import ChaosHTTP
import NIOCore
import Synchronization
import Testing

@Suite("A server and what clients do to it")
struct HTTPServerTests {
    private func echo(_ loop: Loop) throws -> HTTPServer {
        try loop.serve { request, responder in responder.respond(HTTPResponse(text: request.path)) }
    }

    private func answer(_ body: String, _ head: String = "200 OK", closes: Bool = false) -> String {
        "HTTP/1.1 \(head)\r\ncontent-length: \(body.utf8.count)\r\ncontent-type: text/plain; charset=utf-8\r\n"
            + (closes ? "connection: close\r\n" : "") + "\r\n" + body
    }

    @Test("Requests sent ahead are answered in their order, also when the first answer comes late")
    func pipelined() throws {
        let loop = Loop()
        let server = try loop.serve { request, responder in
            guard request.path == "/0" else { return responder.respond(HTTPResponse(text: request.path)) }
            responder.eventLoop.scheduleTask(in: .milliseconds(50)) { responder.respond(HTTPResponse(text: "late")) }
        }
        defer { server.close() }
        let socket = try RawSocket(connectingTo: server.port)
        defer { socket.close() }
        // More than it takes ahead, and the last one ends the connection.
        socket.send((0..<100).map { "GET /\($0) HTTP/1.1\r\nhost: a\r\n\r\n" }.joined())
        socket.send("GET /end HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        let expected =
            answer("late") + (1..<100).map { answer("/\($0)") }.joined() + answer("/end", closes: true)
        #expect(socket.readToEnd() == expected)
    }

    @Test("A malformed request is answered 400 and the connection closed, after the answers to those before it")
    func malformed() throws {
        let loop = Loop()
        let server = try echo(loop)
        defer { server.close() }
        for text in ["nonsense\r\n\r\n", "GET / HTTP/1.1\r\nhost a\r\n\r\n", "\u{1}\u{2}\u{3}\r\n\r\n"] {
            let socket = try RawSocket(connectingTo: server.port)
            socket.send("GET /good HTTP/1.1\r\nhost: a\r\n\r\n" + text)
            #expect(
                socket.readToEnd() == answer("/good") + answer("Bad Request\n", "400 Bad Request", closes: true))
            socket.close()
        }
    }

    @Test("A body over the limit is answered 413, announced or not")
    func tooLarge() throws {
        let loop = Loop()
        let server = try echo(loop)
        defer { server.close() }
        let announced = try RawSocket(connectingTo: server.port)
        announced.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: \(HTTPServer.maximumBody + 1)\r\n\r\n")
        let expected = answer("Content Too Large\n", "413 Content Too Large", closes: true)
        #expect(announced.readToEnd() == expected)
        announced.close()
        let chunked = try RawSocket(connectingTo: server.port)
        chunked.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n500000\r\n")
        for _ in 0..<80 { chunked.send(String(repeating: "x", count: 65_536)) }
        #expect(chunked.readToEnd() == expected)
        chunked.close()
    }

    @Test("HEAD has the length and no body; an old client's connection ends after its answer")
    func oldAndHead() throws {
        let loop = Loop()
        let server = try echo(loop)
        defer { server.close() }
        let socket = try RawSocket(connectingTo: server.port)
        defer { socket.close() }
        socket.send("HEAD /four HTTP/1.1\r\nhost: a\r\n\r\nGET /old HTTP/1.0\r\n\r\n")
        #expect(socket.readToEnd() == answer("/four").dropLast(5) + answer("/old", closes: true))
    }

    @Test("An answer for a client that left, and one from another thread, do no harm")
    func lateAnswers() async throws {
        let loop = Loop()
        let kept = Mutex<HTTPResponder?>(nil)
        let server = try loop.serve { request, responder in
            if request.path == "/left" {
                kept.withLock { $0 = responder }
            } else {
                Task.detached { responder.respond(HTTPResponse(text: "elsewhere")) }
            }
        }
        defer { server.close() }
        #expect(try await loop.call(server.port, "/left", timeout: 100_000_000) == .timedOut)
        let late = try #require(kept.withLock { $0 })
        late.respond(HTTPResponse())
        #expect(try await loop.call(server.port, "/") == .answered(status: 200, body: Array("elsewhere".utf8)))
    }

    @Test("A port that is taken is an error; one that was just closed is free at once")
    func ports() throws {
        let loop = Loop()
        let server = try echo(loop)
        let port = server.port
        #expect(throws: IOError.self) { try loop.serve(port: port) { _, _ in } }
        let socket = try RawSocket(connectingTo: port)
        socket.send("GET /a HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(socket.read() == answer("/a"))
        server.close()
        #expect(socket.readToEnd() == "")
        socket.close()
        try echo(loop, port: port).close()
    }

    private func echo(_ loop: Loop, port: Int) throws -> HTTPServer {
        try loop.serve(port: port) { request, responder in responder.respond(HTTPResponse(text: request.path)) }
    }
}
