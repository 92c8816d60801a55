import ArgumentParser
import ChaosHTTP
import Glibc
import NIOPosix

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Answer every request with 200, to measure against.", shouldDisplay: false)
    @Option var host = "127.0.0.1"
    @Option(help: "0: a free one.") var port = 0

    func run() throws {
        try refusing {
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let answer = HTTPResponse(text: "ok\n")
            let server: HTTPServer
            do {
                server = try HTTPServer.start(on: group, host: host, port: port) { _, responder in
                    responder.respond(answer)
                }
            } catch { throw Refusal(message: "\(host):\(port) cannot be listened on: \(error)") }
            print(server.port)
            fflush(nil)
            while true { pause() }
        }
    }
}
