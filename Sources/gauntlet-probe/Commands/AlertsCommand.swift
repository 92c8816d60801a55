import ArgumentParser
import ChaosFleet
import ChaosHTTP
import Glibc
import NIOPosix

/// What a fleet's own monitoring has to say.
struct AlertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract:
            "Receive the messages of an Alertmanager (webhook, version 4) and print each alert of them as a line.",
        discussion: """
            Fields between tabs: `a`, the instant of arrival (CLOCK_BOOTTIME, ns), `firing` or `resolved`, name, labels
            (`key=value` with commas between), since when. What is no such message is answered 400 and told as `e TEXT`.
            `h PORT` is the first line. Ends when its input is closed.
            """)

    @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "address:port"))
    var listen = "127.0.0.1:9094"

    func run() throws {
        try refusing {
            guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
                (0...65_535).contains(port), colon != listen.startIndex
            else { throw Refusal(message: "--listen takes ADDRESS:PORT such as 127.0.0.1:9094, not \(listen)") }
            let host = String(listen[..<colon])
            signal(SIGPIPE, SIG_IGN)
            // One thread: messages of one connection after the other, lines never mixed.
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let server: HTTPServer
            do {
                server = try HTTPServer.start(on: group, host: host, port: port) { request, responder in
                    let (lines, response) = AlertReceiver.receive(request, now: FleetClock.now)
                    LineOutput.write(lines)
                    responder.respond(response)
                }
            } catch { throw Refusal(message: "\(listen) cannot be listened on: \(error)") }
            LineOutput.write(["h\t\(server.port)"])
            var bytes = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(0, &bytes, bytes.count)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
            }
            server.close()
        }
    }
}

private enum LineOutput {
    /// If nobody reads any more there is nobody to tell: the process ends.
    static func write(_ lines: [String]) {
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(1, $0.baseAddress! + done, bytes.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { exit(0) }
            done += count
        }
    }
}
