import ArgumentParser
import ChaosService
import ServiceLifecycle
import Synchronization

/// The calendar's service as one of a group: when the group is stopped it takes every fault back, and only then is done.
final class CalendarService: ServiceLifecycle.Service {
    private let service: ChaosService.Service
    private let ending = Mutex(ServiceEnding())

    init(service: ChaosService.Service) { self.service = service }

    func run() async throws {
        // It heals when its task is cancelled.
        let ended = try await cancelWhenGracefulShutdown { [service] in try await service.run() }
        ending.withLock { $0 = ended }
    }

    /// Nothing where all that ran has healed and ended.
    ///
    /// - Throws: how the program is to end, told: 3 where something could not be taken back, 4 where a run had to be killed.
    func judge() throws {
        let ending = ending.withLock { $0 }
        if !ending.killed.isEmpty {
            GauntletServe.note(
                "gauntlet serve: \(ending.killed.joined(separator: ", ")) did not end in time and was killed; its hosts' guardians heal what it held"
            )
        }
        if !ending.notReverted.isEmpty {
            GauntletServe.note(
                "gauntlet serve: not everything of \(ending.notReverted.joined(separator: ", ")) could be taken back; `gauntlet recover` pays what is owed"
            )
            throw ExitCode(3)
        }
        if !ending.killed.isEmpty { throw ExitCode(4) }
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
