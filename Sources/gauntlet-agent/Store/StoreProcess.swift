import ChaosFleet
package import ChaosHTTP
package import ChaosPlan
import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix

/// Stands in for a database: takes its time, and writes to its host's disk if the fleet file says that it does.
package final class StoreProcess: FleetProcess, @unchecked Sendable {
    /// One row; and the size at which the file begins anew, so that a long run does not fill the disk by itself.
    private static let row = 128
    private static let largest = 8 << 20

    package let member: Member
    package let service: Fleet.Service
    private let name: String
    private let queue: WorkQueue
    private let clock: LoopClock
    private let path: String?
    private let disk = NIOThreadPool(numberOfThreads: 1)
    private var descriptor: Int32 = -1
    private var written = 0
    private var failures = 0

    package init(store: Int, parts: Parts) {
        let fleet = parts.place.fleet
        member = .store(store)
        name = fleet.stores[store].name
        service = fleet.stores[store].service
        clock = parts.clock
        path = fleet.stores[store].writes ? "\(parts.place.data(of: member))/rows" : nil
        queue = WorkQueue(
            name: name, service: service, policies: fleet.policies, burn: parts.burn, clock: parts.clock,
            telemetry: parts.telemetry)
    }

    package func prepare(done: @escaping @Sendable () -> Void) {
        disk.start()
        if let path {
            let directory = URL(filePath: path).deletingLastPathComponent().path
            try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
        done()
    }

    package func start() {}

    package var isIdle: Bool { queue.isIdle }

    package func stop(done: @escaping @Sendable () -> Void) {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        disk.shutdownGracefully { _ in }
        done()
    }

    package func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        switch (request.method, request.path) {
        case ("GET", "/work"):
            let isAccepted = queue.accept { [weak self] in self?.write(responder) }
            if !isAccepted { responder.text("shed\n", status: 503) }
        case ("GET", "/healthz"): responder.text("ok")
        case ("GET", "/metrics"): responder.text(metrics)
        case ("GET", "/state"):
            responder.json(
                "{\"name\":\"\(name)\",\"busy\":\(queue.busy),\"queue\":\(queue.waitingCount),\"failures\":\(failures)}"
            )
        default: responder.text("no such thing here\n", status: 404)
        }
    }

    /// The row is on the disk before the answer is: an fsync may take its time, so it is not waited for on the loop.
    private func write(_ responder: HTTPResponder) {
        guard let path else { return finish(true, responder) }
        if descriptor < 0 { descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644) }
        let descriptor = descriptor
        let begins = written >= Self.largest
        written = begins ? Self.row : written + Self.row
        disk.runIfActive(eventLoop: clock.loop) {
            if begins { ftruncate(descriptor, 0) }
            let row = [UInt8](repeating: UInt8(ascii: "r"), count: Self.row)
            let count = row.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            return count == row.count && fdatasync(descriptor) == 0
        }.whenComplete { [weak self] result in
            self?.finish((try? result.get()) ?? false, responder)
        }
    }

    private func finish(_ succeeded: Bool, _ responder: HTTPResponder) {
        if !succeeded { failures += 1 }
        queue.finish()
        responder.text(succeeded ? "\(name)\n" : "failed\n", status: succeeded ? 200 : 500)
    }

    private var metrics: String {
        var text = Metrics()
        text.counter("gauntlet_store_requests_total", "Requests served.", queue.served)
        text.counter("gauntlet_store_failures_total", "Requests that could not be written.", failures)
        text.counter("gauntlet_store_shed_total", "Requests refused because the queue was full.", queue.shed)
        return text.text
    }
}
