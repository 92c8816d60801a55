public import ChaosService
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
public import ServiceLifecycle
import UnixSignals

/// The page and its server, ready to run.
public struct WebServer: Sendable {
    /// The token was made by this start: its file is worth a word.
    public let isNewToken: Bool

    private let services: [any ServiceLifecycle.Service]
    package let page: LivePage
    package let actions: ActionCounts

    /// - Parameters:
    ///   - interval: between two looks at the service.
    ///   - listening: called with the port once requests are taken.
    public init(
        settings: ServeSettings, control: any ServiceControl, interval: Duration = .seconds(1),
        listening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws(ServeFailure) {
        guard HostNames.isLoopback(settings.address) else {
            throw ServeFailure(
                "the page is served on a loopback address, not on \(settings.address): it has no TLS of its own; put it behind an ssh tunnel or a TLS proxy (docs/serve.md)"
            )
        }
        let (token, isNew) = try AccessToken.readOrCreate(path: settings.tokenFile)
        isNewToken = isNew
        let audit = try AuditLog(path: settings.auditFile)
        let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) }
        let limit = RefusalLimit()
        actions = ActionCounts()
        page = LivePage(control: control, reports: settings.reports, interval: interval)
        let responder = PageResponder(
            page: page, control: control,
            gate: ActionGate(hosts: HostNames(settings.hostNames), token: token, sessions: Sessions()), audit: audit,
            limit: limit, actions: actions, reports: ReportFiles(root: settings.reports),
            // Cookies are shared by all ports of a host: two services must not overwrite each other's.
            cookieName: "gauntlet-\(AccessToken.random().prefix(8))", now: now)
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    idleTimeout: .seconds(30),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 100))),
            configuration: ApplicationConfiguration(
                address: .hostname(
                    settings.address == "localhost" ? "127.0.0.1" : settings.address, port: settings.port),
                availableConnectionsDelegate: MaximumAvailableConnections(512, logger: Self.quiet)),
            onServerRunning: { channel in await listening(channel.localAddress?.port ?? settings.port) },
            logger: Self.quiet)
        services = [RefusalSweep(limit: limit, audit: audit, now: now), application, page]
    }

    /// Everything that runs while the page is served.
    ///
    /// - Parameters:
    ///   - core: what the page shows and acts on. It is stopped first, so that faults are taken back while the page still
    ///     shows it; then the pages are let go, and then the server, which would wait for them.
    ///   - stopsOnSignals: SIGTERM and SIGINT stop it, once.
    public func run(with core: [any ServiceLifecycle.Service] = [], stopsOnSignals: Bool = true) -> ServiceRun {
        ServiceRun(
            group: ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: services + core, gracefulShutdownSignals: stopsOnSignals ? [.sigterm, .sigint] : [],
                    logger: Self.quiet)))
    }

    /// Nothing of a request is logged: what is worth keeping is in the audit log.
    private static let quiet = Logger(label: "gauntlet-serve") { _ in SwiftLogNoOpLogHandler() }
}

/// The page and what it shows, from start to end.
public struct ServiceRun: Sendable {
    private let group: ServiceGroup

    fileprivate init(group: ServiceGroup) { self.group = group }

    /// Until a signal, `stop` or a failure.
    public func run() async throws { try await group.run() }

    /// The same end as by a signal.
    public func stop() async { await group.triggerGracefulShutdown() }
}
