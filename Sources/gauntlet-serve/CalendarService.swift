import ChaosService
import ServiceLifecycle

/// The calendar's service as one of a group: when the group is stopped it takes every fault back, and only then is done.
struct CalendarService: ServiceLifecycle.Service {
    let service: ChaosService.Service

    func run() async throws {
        // It heals when its task is cancelled.
        try await cancelWhenGracefulShutdown { try await service.run() }
    }
}

/// The service as the page sees it, with what became of its notifications.
struct NotifyingControl: ServiceControl {
    let service: ChaosService.Service
    let notices: Notices

    func status() async -> ServiceStatus {
        var status = await service.status()
        status.notifications = await notices.status()
        return status
    }

    func halt(by actor: String) async -> ActionResult { await service.halt(by: actor) }

    func run(_ request: RunRequest, by actor: String) async -> ActionResult { await service.run(request, by: actor) }

    func resume(by actor: String) async -> ActionResult { await service.resume(by: actor) }
}
