import ArgumentParser
import ChaosHTTP
import Glibc
import NIOCore
import NIOPosix

/// One request, for runbook steps: the answer's body on standard output.
struct CallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Send one request and print what is answered.",
        discussion: "Example: gauntlet-probe call GET http://10.77.0.1:9000/healthz")
    @Argument(help: "GET or POST.") var method: String
    @Argument(help: "http://ADDRESS:PORT/PATH") var url: String
    @Option(help: "Milliseconds.") var timeout: Int64 = 2000

    func run() throws {
        try refusing {
            guard url.hasPrefix("http://") else { throw Refusal(message: "`\(url)` does not begin with http://") }
            let rest = url.dropFirst("http://".count)
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            guard let endpoint = Endpoint(rest[..<slash]) else {
                throw Refusal(message: "`\(rest[..<slash])` is not ADDRESS:PORT")
            }
            let path = slash == rest.endIndex ? "/" : String(rest[slash...])
            let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
            let ended = loop.makePromise(of: HTTPOutcome.self)
            let (method, timeout) = (method, timeout * 1_000_000)
            loop.execute {
                let caller = HTTPCaller(on: loop)
                caller.call(endpoint, method: method, path: path, timeout: timeout) { outcome in
                    // It lives as long as its call.
                    withExtendedLifetime(caller) { ended.succeed(outcome) }
                }
            }
            switch try ended.futureResult.wait() {
            case .answered(let status, let body):
                print(String(decoding: body, as: UTF8.self))
                guard status == 200 else { throw Refusal(message: "\(url) answered \(status)") }
            case .refused: throw Refusal(message: "\(endpoint.text) refuses connections")
            case .unreachable(let why): throw Refusal(message: "\(endpoint.text) cannot be reached: \(why)")
            case .timedOut: throw Refusal(message: "\(endpoint.text) does not answer")
            }
        }
    }
}
