import ArgumentParser
import ChaosFleet
import ChaosHTTP
import ChaosPlan
import Glibc
import NIOCore

enum Spread: String, ExpressibleByArgument, CaseIterable {
    case uniform, constant
}

struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Ask targets at a fixed rate, and say how exactly that was done and what came back.",
        discussion: """
            The rate is shared evenly among the targets. A latency counts from when the request was due; the service time
            from when it was sent.
            """)
    @Option(
        help:
            "http://10.0.0.1:80/path, tcp://10.0.0.1:22, redis://10.0.0.1:6379, nats://10.0.0.1:4222/SUBJECT, command:/bin/true."
    )
    var target: [String]
    @Option(help: "Requests a second, over all targets.") var rate = 100.0
    @Option(help: "How long.") var seconds = 10.0
    @Option(help: "uniform: somewhere in each interval; constant: exactly in time.") var spread = Spread.uniform
    @Option(help: "How long to wait for an answer: 500ms, 2s.") var timeout = "500ms"
    @Option(help: "HTTP: a status, or text in the body of a 200. Redis: the reply. NATS: text in the answer.")
    var expect: String?
    @Option(help: "What redis: asks.") var redisCommand = "PING"
    @Option(help: "A file with `user password` or `password` for redis: and nats:.") var credential: String?
    @Option(help: "Of the spread.") var seed: UInt64 = 1
    @Flag(help: "Machine-readable.") var json = false

    func run() throws {
        try refusing {
            guard let timeout = Timeout.parse(timeout) else {
                throw Refusal(message: "--timeout \(timeout): a number with us, ms or s, as 500ms")
            }
            guard rate > 0, rate <= 1_000_000, seconds > 0, seconds <= 86_400, !target.isEmpty else {
                throw Refusal(message: "--rate is above 0 and at most 1000000, --seconds above 0 and at most 86400")
            }
            let redis = RedisCommand(
                words: redisCommand.split(separator: " ").map(String.init),
                credential: try credential.map(Credential.read) ?? [])
            guard !redis.words.isEmpty else { throw Refusal(message: "--redis-command is empty") }
            var targets: [(target: ProbeTarget, addresses: [Endpoint])] = []
            for text in target {
                do { targets.append(try ProbeTarget.parse(text, expect: expect, redis: redis)) } catch let error
                    as TargetError
                {
                    throw Refusal(message: error.message)
                }
            }
            let interval = Nanoseconds((1e9 * Double(targets.count) / rate).rounded())
            let schedules = targets.indices.map { index in
                switch spread {
                case .uniform: Schedule.arrivals(.requests(seed: seed, agent: "\(index)", interval: interval))
                case .constant:
                    Schedule.constant(
                        phase: interval * Nanoseconds(index) / Nanoseconds(targets.count), interval: interval)
                }
            }
            start(targets, schedules, timeout)
        }
    }

    private func start(
        _ targets: [(target: ProbeTarget, addresses: [Endpoint])], _ schedules: [Schedule], _ timeout: Nanoseconds
    ) {
        let stop = Nanoseconds(seconds * 1e9)
        let json = json
        ProbeProcess.run { eventLoop in
            let prober = TargetProber(on: eventLoop)
            let clients = zip(targets, schedules).enumerated().map { index, pair in
                prober.client(
                    subject: index, schedule: pair.1, timeout: timeout, target: pair.0.target,
                    addresses: pair.0.addresses)
            }
            let summary = LoadSummary()
            let run = ProbeRun(
                on: eventLoop, startNs: FleetClock.now + 100 * .millisecond, stop: stop, clients: clients, sink: summary
            ) {
                print(json ? summary.json : summary.text)
                fflush(nil)
                Glibc.exit(0)
            }
            run.start()
        }
    }
}
