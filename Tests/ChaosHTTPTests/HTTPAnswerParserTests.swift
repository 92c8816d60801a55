import ChaosHTTP
import NIOCore
import Testing

@Suite("Answers as they come from a connection")
struct HTTPAnswerParserTests {
    /// Fed in pieces of `size` bytes: the answers, and what a malformed one said.
    private func parse(_ text: String, size: Int, method: String = "GET", ends: Bool = false) -> [String] {
        var parser = HTTPAnswerParser(method: method)
        var buffer = ByteBuffer()
        var heard: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            buffer.writeBytes(bytes[start..<min(bytes.count, start + size)])
            do throws(HTTPAnswerParser.Malformed) {
                while buffer.readableBytes > 0, let answer = try parser.feed(&buffer) { heard.append(words(answer)) }
            } catch { return heard + [error.message] }
        }
        if ends, let answer = parser.end() { heard.append(words(answer)) }
        return heard
    }

    private func words(_ answer: HTTPAnswerParser.Answer) -> String {
        "\(answer.status) \(String(decoding: answer.body, as: UTF8.self))\(answer.isKeptAlive ? "" : " close")"
    }

    @Test("An answer is the same in whatever pieces it comes", arguments: [1, 2, 7, 1000])
    func pieces(size: Int) {
        let fixed = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello"
        let empty = "HTTP/1.1 503 Busy\r\ncontent-length:0\r\n\r\n"
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nt: u\r\n\r\n"
        let continued = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204\r\n\r\n"
        #expect(
            parse(fixed + empty + chunked + continued + fixed, size: size) == [
                "200 hello", "503 ", "200 abc0123456789", "204 ", "200 hello",
            ])
    }

    @Test("Without a length the answer goes to the connection's end", arguments: [1, 1000])
    func toTheEnd(size: Int) {
        #expect(parse("HTTP/1.0 200 OK\r\n\r\nold", size: size, ends: true) == ["200 old close"])
        #expect(parse("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut", size: size, ends: true) == [])
    }

    @Test("Whether the connection goes on: as the version says, or the field")
    func keptAlive() {
        #expect(parse("HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 0\r\n\r\n", size: 9) == ["200  close"])
        #expect(parse("HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 0\r\n\r\n", size: 9) == ["200 "])
    }

    @Test("An answer to HEAD has no body, whatever length it announces")
    func head() {
        let text = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
        #expect(parse(text + text, size: 1000, method: "HEAD") == ["200 ", "200 "])
    }

    @Test(
        "What is no HTTP is told, with what was wrong",
        arguments: [
            ("SSH-2.0-OpenSSH_9.2\r\n", "an answer that is not HTTP/1"),
            ("HTTP/2 200 OK\r\n", "an answer that is not HTTP/1"),
            ("HTTP/1.1 99 ?\r\n", "an answer that is not HTTP/1"),
            ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "a head's line without a colon"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", "an answer without a clear length"),
            ("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "an answer without a clear length"),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", "a chunk without a size"),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n", "a chunk longer than its size"),
        ])
    func malformed(text: String, message: String) {
        #expect(parse(text, size: 32_768) == [message])
    }

    @Test("What has no end is given up")
    func endless() {
        let body = "HTTP/1.1 200 OK\r\ncontent-length: 5000000\r\n\r\n" + String(repeating: "x", count: 5_000_000)
        #expect(parse(body, size: 32_768) == ["an answer of more than 4 MiB"])
        #expect(parse(String(repeating: "x", count: 70_000), size: 32_768) == ["a line without an end"])
        let head = "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 20_000)
        #expect(parse(head, size: 32_768) == ["an answer whose head has no end"])
    }

    @Test("An endpoint is an IPv4 literal and a port")
    func endpoints() {
        #expect(Endpoint("10.0.0.1:80") == Endpoint(address: "10.0.0.1", port: 80))
        for text in ["10.0.0.1", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0:80", "10.0.0.256:80", "host:80", ":80", ""] {
            #expect(Endpoint(text) == nil, "\(text)")
        }
    }

    @Test("A target's query is decoded; of equal names the last holds")
    func targets() {
        let (path, query) = HTTPTarget.split("/work?for=A%20b+c&x&y=1&y=%zz&=e")
        #expect(path == "/work")
        #expect(query == ["for": "A b c", "x": "", "y": "%zz", "": "e"])
        #expect(HTTPTarget.split("/plain").query.isEmpty)
    }
}
