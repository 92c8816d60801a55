import ArgumentParser
import ChaosFleet
import ChaosHTTP
import ChaosPlan
import Dispatch
import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix

/// What every role is told.
struct ProcessOptions: ParsableArguments {
    @Option(help: "Its name in the fleet file.")
    var name: String

    @Option(help: "The fleet, as resolved for this run.")
    var fleet = FleetLayout.fleetFile

    @Option(help: "A file of lines NAME ADDRESS:PORT, for processes that are not where the fleet's layout has them.")
    var endpoints: String?

    @Option(help: "The directory that stands for /fleet.")
    var root = FleetLayout.root

    @Option(help: "The share of a request's service time that is computed and not slept, in percent.")
    var burn = 2

    /// Starts a process and waits until a signal asks it to end.
    func run(_ make: (Parts) throws -> any FleetProcess) throws {
        guard (0...100).contains(burn) else { throw ValidationError("--burn is a percentage, from 0 to 100") }
        // Before anything that may take long, so that a signal is never lost to its default action.
        let asked = SignalWait([SIGTERM, SIGINT])
        signal(SIGPIPE, SIG_IGN)
        do {
            let began = Self.processStart()
            let place = try Place(fleetFile: fleet, root: root, endpointsFile: endpoints)
            let telemetry = try TelemetryFile(path: place.telemetry(of: name))
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let parts = Parts(
                place: place, clock: LoopClock(group.next()), telemetry: telemetry,
                burn: Share(partsPerMillion: Int64(burn) * 10_000))
            let process = try make(parts)
            guard let running = try Running(process, parts: parts, began: began, isAsked: { asked.hasArrived }) else {
                return
            }
            asked.wait()
            running.end()
        } catch let error as TelemetryError {
            throw Refusal(error.message)
        } catch let error as ProcessError {
            throw Refusal(error.message)
        }
    }

    func index(in names: [String], what: String) throws(ProcessError) -> Int {
        guard let index = names.firstIndex(of: name) else {
            throw ProcessError("the fleet has no \(what) “\(name)”; it has \(names.joined(separator: ", "))")
        }
        return index
    }

    /// Of this process, CLOCK_BOOTTIME, to a hundredth of a second; now where the kernel does not tell.
    private static func processStart() -> Int64 {
        let text = (try? String(contentsOf: URL(filePath: "/proc/self/stat"), encoding: .utf8)) ?? ""
        // The second field, in brackets, may hold anything; the start is the 22nd.
        guard let end = text.lastIndex(of: ")") else { return FleetClock.now }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 20, let ticks = Int64(fields[20]) else { return FleetClock.now }
        return min(FleetClock.now, ticks * (1_000_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK)))))
    }
}

/// One clear message to the operator.
struct Refusal: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// Waits for any of some signals, whose default action is off from the beginning.
private final class SignalWait {
    private let arrived = DispatchSemaphore(value: 0)
    private let sources: [any DispatchSourceSignal]

    init(_ signals: [Int32]) {
        let arrived = arrived
        sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { arrived.signal() }
            source.resume()
            return source
        }
    }

    func wait() { arrived.wait() }

    /// Without waiting for it. It stays arrived.
    var hasArrived: Bool {
        guard arrived.wait(timeout: .now()) == .success else { return false }
        arrived.signal()
        return true
    }
}
