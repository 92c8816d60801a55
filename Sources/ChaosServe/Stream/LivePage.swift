package import ChaosService
import ServiceLifecycle

/// Looks at the service once a second and tells the pages what it saw.
package actor LivePage: ServiceLifecycle.Service {
    package nonisolated let broadcaster: Broadcaster
    package nonisolated let endedRuns: EndedRuns
    private let control: any ServiceControl
    private let watch: FleetWatch
    private let interval: Duration
    private var isLooking = false

    /// - Parameters:
    ///   - reports: the folder that relative run directories lie in.
    ///   - interval: between two looks.
    package init(control: any ServiceControl, reports: String, interval: Duration = .seconds(1)) {
        self.control = control
        self.interval = interval
        watch = FleetWatch(reports: reports)
        broadcaster = Broadcaster()
        endedRuns = EndedRuns()
    }

    /// Until the service is stopped; then lets every viewer go, so that their connections do not hold up the end.
    package func run() async throws {
        // Cancelled or stopped, a sleep ends early: both are seen by the loop's condition.
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                try await Task.sleep(for: self.interval)
            }
        }
        broadcaster.close()
    }

    /// One look, now.
    package func look() async {
        // While the service is slow to answer nobody needs to ask it twice.
        guard !isLooking else { return }
        isLooking = true
        var status = await control.status()
        // One name for a run, whether it is under way or over.
        for index in status.running.indices {
            status.running[index].directory = status.running[index].directory.map { watch.name($0) }
        }
        endedRuns.note(status)
        broadcaster.publish(PageState(status: status, fleets: watch.advance(status)))
        isLooking = false
    }
}
