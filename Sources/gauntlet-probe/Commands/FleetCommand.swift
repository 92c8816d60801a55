import ArgumentParser
import ChaosFleet
import ChaosHTTP
import Glibc
import NIOCore

struct FleetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet", abstract: "The clients of a fleet that runs: one for each agent.",
        discussion: """
            Waits for the run's order, and ends when the order says so or standard input closes. One line for each request on
            standard output, fields between tabs: `o SUBJECT INTENDED END OK LATE SERVING`; `u SUBJECT INTENDED` if it could
            not be sent; `w NOW`: all that ended before has been written. Nanoseconds from the run's start.
            """)
    @Option(name: .customLong("fleet"), help: "What the fleet is.") var fleetFile = FleetLayout.fleetFile
    @Option(name: .customLong("run"), help: "The order of the present run.") var runFile = FleetLayout.runFile

    func run() throws {
        try refusing {
            let live: LiveFleet
            do throws(FleetFileError) { live = try LiveFleet.read(fleetFile) } catch {
                throw Refusal(message: error.message)
            }
            let path = runFile
            ProbeProcess.runUntilInputEnds { eventLoop, inputEnd in
                FleetSession(live, runFile: path, on: eventLoop).start(until: inputEnd)
            }
        }
    }
}

/// Follows the run's order from its file.
private final class FleetSession {
    private static let readInterval = TimeAmount.milliseconds(250)

    private let live: LiveFleet
    private let layout: FleetLayout
    private let runFile: String
    private let eventLoop: any EventLoop
    private let output = ProbeOutput(descriptor: 1)
    private var order: RunOrder?
    private var prober: FleetProber?
    private var ticker: Ticker?
    private var lastProblem: String?

    init(_ live: LiveFleet, runFile: String, on eventLoop: any EventLoop) {
        self.live = live
        self.runFile = runFile
        self.eventLoop = eventLoop
        layout = FleetLayout(live.fleet)
    }

    func start(until inputEnd: EventLoopFuture<Void>) {
        output.start(on: eventLoop)
        inputEnd.assumeIsolated().whenComplete { _ in self.end() }
        ticker = Ticker(on: eventLoop, after: .zero, every: Self.readInterval) { self.look() }
    }

    private func look() {
        let found: RunOrder?
        do throws(FleetFileError) { found = try RunOrder.read(runFile) } catch {
            if error.message != lastProblem { output.error(error.message) }
            lastProblem = error.message
            return
        }
        guard let found else { return }
        if let order {
            // Another run's order is for another prober.
            guard found.run == order.run, found.startNs == order.startNs else { return }
            prober?.stop = found.stopNs
            return
        }
        // One that is over was a former run's.
        if let stop = found.stopNs, found.startNs + stop < FleetClock.now { return }
        begin(found)
    }

    private func begin(_ order: RunOrder) {
        self.order = order
        output.startNs = order.startNs
        prober = FleetProber(
            live.fleet, order: order, on: eventLoop, sink: output,
            endpoint: { [layout] in Endpoint(address: layout.address(of: $0), port: layout.port(of: $0)) },
            ended: { self.end() })
        prober?.start()
    }

    private func end() {
        output.finish()
        exit(0)
    }
}
