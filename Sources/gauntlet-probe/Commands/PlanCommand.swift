import ArgumentParser
import ChaosHTTP
import Glibc
import NIOCore

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "The clients that a file names, of whatever answers there.",
        discussion: """
            The file: {"startNs", "stopNs"?, "clients": [{"subject", "kind": "http"|"tcp"|"redis"|"nats"|"command", "address", "port" \
            (or "addresses": ["A:P", …], the next after a failure), "path", "command": [words], "natsSubject", "intervalNs", "phaseNs", \
            "timeoutNs", "credentialFile", "expect"}]}. startNs is CLOCK_BOOTTIME, the other times count from it. The file is \
            read again four times a second for stopNs. Lines on standard output as with `fleet`.
            """)
    @Argument(help: "The plan.") var file: String

    func run() throws {
        try refusing {
            let plan: ProbePlan
            do throws(TargetError) { plan = try ProbePlan.read(file) } catch { throw Refusal(message: error.message) }
            let path = file
            ProbeProcess.runUntilInputEnds { eventLoop, inputEnd in
                PlanSession(plan, file: path, on: eventLoop).start(until: inputEnd)
            }
        }
    }
}

private final class PlanSession {
    private static let readInterval = TimeAmount.milliseconds(250)

    private let plan: ProbePlan
    private let file: String
    private let eventLoop: any EventLoop
    private let output = ProbeOutput(descriptor: 1)
    private var run: ProbeRun?
    private var ticker: Ticker?

    init(_ plan: ProbePlan, file: String, on eventLoop: any EventLoop) {
        self.plan = plan
        self.file = file
        self.eventLoop = eventLoop
    }

    func start(until inputEnd: EventLoopFuture<Void>) {
        output.startNs = plan.startNs
        output.start(on: eventLoop)
        inputEnd.assumeIsolated().whenComplete { _ in self.end() }
        let prober = TargetProber(on: eventLoop)
        let clients = plan.clients.map {
            prober.client(
                subject: $0.subject, schedule: $0.schedule, timeout: $0.timeout, target: $0.target,
                addresses: $0.addresses)
        }
        run = ProbeRun(
            on: eventLoop, startNs: plan.startNs, stop: plan.stopNs, clients: clients, sink: output,
            ended: { self.end() })
        run?.start()
        ticker = Ticker(on: eventLoop, after: Self.readInterval, every: Self.readInterval) { self.look() }
    }

    /// Only the stop may change, and a file half written is looked at again.
    private func look() {
        guard let plan = try? ProbePlan.read(file), plan.startNs == self.plan.startNs else { return }
        run?.stop = plan.stopNs
    }

    private func end() {
        output.finish()
        exit(0)
    }
}
