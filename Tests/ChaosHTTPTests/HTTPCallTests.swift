import ChaosHTTP
import Glibc
import NIOCore
import Synchronization
import Testing

private func ok(_ text: String) -> HTTPOutcome { .answered(status: 200, body: Array(text.utf8)) }

@Suite("Calls between a caller and a server")
struct HTTPCallTests {
    @Test("A call brings method, path, query and body, and gets status and body back")
    func roundTrip() async throws {
        let loop = Loop()
        let server = try loop.serve { request, responder in
            let text = "\(request.method) \(request.path) \(request.query["for"] ?? "-") \(request.body.count)"
            responder.respond(HTTPResponse(status: request.path == "/missing" ? 404 : 200, text: text))
        }
        defer { server.close() }
        #expect(try await loop.call(server.port, "/work?for=Tutor%20Agent") == ok("GET /work Tutor Agent 0"))
        let large = [UInt8](repeating: 7, count: HTTPServer.maximumBody)
        #expect(try await loop.call(server.port, ["/b"], method: "POST", body: large)[0] == ok("POST /b - 4194304"))
        #expect(
            try await loop.call(server.port, "/missing")
                == .answered(status: 404, body: Array("GET /missing - 0".utf8)))
    }

    @Test("Calls one after another share a connection; calls at one time do not wait for each other")
    func reuse() async throws {
        let loop = Loop()
        let late = Mutex<[HTTPResponder]>([])
        let server = try loop.serve { request, responder in
            guard request.path == "/held" else { return responder.respond(HTTPResponse(text: "at once")) }
            // All three must be here before any is answered.
            let all = late.withLock { late in
                late.append(responder)
                return late.count == 3 ? late : []
            }
            for responder in all { responder.respond(HTTPResponse(text: "late")) }
        }
        defer { server.close() }
        #expect(try await loop.call(server.port, ["/held", "/held", "/held"]) == [ok("late"), ok("late"), ok("late")])
        for _ in 0..<20 { #expect(try await loop.call(server.port, "/") == ok("at once")) }
    }

    @Test("A connection is kept: many calls in turn come over one")
    func oneConnection() async throws {
        let loop = Loop()
        let listener = try RawSocket()
        let accepted = Mutex(0)
        let thread = Worker {
            guard let connection = try? listener.accept() else { return }
            accepted.withLock { $0 += 1 }
            for _ in 0..<5 {
                guard !connection.read().isEmpty else { break }
                connection.send("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nk")
            }
            connection.close()
        }
        for _ in 0..<5 { #expect(try await loop.call(listener.port, "/") == ok("k")) }
        thread.join()
        #expect(accepted.withLock { $0 } == 1)
        listener.close()
    }

    @Test("Where nobody listens the call is refused at once")
    func refused() async throws {
        let loop = Loop()
        let listener = try RawSocket()
        let port = listener.port
        listener.close()
        #expect(try await loop.call(port, "/") == .refused)
    }

    @Test("A server that is silent times out, and its connection is closed")
    func silent() async throws {
        let loop = Loop()
        let listener = try RawSocket()
        let heard = Mutex<[String]>([])
        let thread = Worker {
            guard let connection = try? listener.accept() else { return }
            let all = connection.readToEnd()
            heard.withLock { $0.append(all) }
            connection.close()
        }
        #expect(try await loop.call(listener.port, "/quiet", timeout: 50_000_000) == .timedOut)
        thread.join()
        let expected = "GET /quiet HTTP/1.1\r\nhost: 127.0.0.1:\(listener.port)\r\n\r\n"
        #expect(heard.withLock { $0 } == [expected])
        listener.close()
    }

    @Test("Timeouts of different calls fire each at its own time, in any order of calling")
    func timeouts() async throws {
        let loop = Loop()
        let server = try loop.serve { request, responder in
            if request.path == "/now" { responder.respond(HTTPResponse()) }
        }
        defer { server.close() }
        async let long = loop.call(server.port, "/never", timeout: 400_000_000)
        async let short = loop.call(server.port, "/never", timeout: 20_000_000)
        async let answered = loop.call(server.port, "/now", timeout: 60_000_000_000)
        #expect(try await [long, short, answered] == [.timedOut, .timedOut, ok("")])
    }

    @Test("A server that restarted while the connection was idle is called once more, on a fresh one")
    func restarted() async throws {
        let loop = Loop()
        // On a loop of its own, so that it can close between two events of the caller.
        let other = Loop()
        let first = try other.serve { _, responder in responder.respond(HTTPResponse(text: "first")) }
        let port = first.port
        #expect(try await loop.call(port, "/") == ok("first"))
        first.close()
        let second = try other.serve(port: port) { _, responder in responder.respond(HTTPResponse(text: "second")) }
        #expect(try await loop.call(port, "/") == ok("second"))
        second.close()
        #expect(try await loop.call(port, "/") == .refused)
    }

    @Test("A kept connection that closes on the request is replaced once; a fresh one that does so is not")
    func closedOnRequest() async throws {
        let loop = Loop()
        let listener = try RawSocket()
        let requests = Mutex(0)
        let thread = Worker {
            // The first connection answers once and closes on its second request; all others close on their first.
            for answers in [1, 0, 0] {
                guard let connection = try? listener.accept() else { return }
                for index in 0...answers where !connection.read().isEmpty {
                    requests.withLock { $0 += 1 }
                    if index < answers { connection.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") }
                }
                connection.close()
            }
        }
        #expect(try await loop.call(listener.port, "/") == ok(""))
        #expect(try await loop.call(listener.port, "/") == .refused)
        #expect(requests.withLock { $0 } == 3)
        #expect(try await loop.call(listener.port, "/") == .refused)
        thread.join()
        #expect(requests.withLock { $0 } == 4)
        listener.close()
    }

    @Test("An answer cut short is not asked for again")
    func cutShort() async throws {
        let loop = Loop()
        let listener = try RawSocket()
        let thread = Worker {
            guard let connection = try? listener.accept() else { return }
            _ = connection.read()
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            _ = connection.read()
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfour")
            connection.close()
        }
        #expect(try await loop.call(listener.port, "/") == ok(""))
        #expect(try await loop.call(listener.port, "/") == .refused)
        thread.join()
        listener.close()
    }

    @Test("What answers no HTTP is unreachable, with what was wrong")
    func noHTTP() async throws {
        let loop = Loop()
        let listener = try RawSocket()
        let thread = Worker {
            guard let connection = try? listener.accept() else { return }
            connection.send("SSH-2.0-OpenSSH_9.2\r\n")
            _ = connection.readToEnd()
            connection.close()
        }
        #expect(try await loop.call(listener.port, "/") == .unreachable("an answer that is not HTTP/1"))
        thread.join()
        listener.close()
    }
}
