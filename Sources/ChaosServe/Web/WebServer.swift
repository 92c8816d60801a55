public import ChaosService
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
public import ServiceLifecycle

/// The page and its server, ready to run.
public struct WebServer: Sendable {
    /// The token was made by this start: its file is worth a word.
    public let isNewToken: Bool
    /// To be run in this order and stopped in the other: the pages are let go before the server waits for them.
    public let services: [any Service]

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
        // Nothing of a request is logged: what is worth keeping is in the audit log.
        let quiet = Logger(label: "gauntlet-serve") { _ in SwiftLogNoOpLogHandler() }
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
                availableConnectionsDelegate: MaximumAvailableConnections(512, logger: quiet)),
            onServerRunning: { channel in await listening(channel.localAddress?.port ?? settings.port) },
            logger: quiet)
        services = [RefusalSweep(limit: limit, audit: audit, now: now), application, page]
    }
}
