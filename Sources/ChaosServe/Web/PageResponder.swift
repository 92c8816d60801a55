import ChaosPlan
import ChaosService
import Dispatch
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Every request of the page, in one place: what may be read, and (in the files beside) what may be done.
struct PageResponder: HTTPResponder {
    typealias Context = PageContext

    let page: LivePage
    let control: any ServiceControl
    let gate: ActionGate
    let audit: AuditLog
    let limit: RefusalLimit
    let actions: ActionCounts
    let reports: ReportFiles
    let cookieName: String
    /// Seconds since 1970.
    let now: @Sendable () -> Int64

    private static let document = PageMarkup.document
    private static let style = PageLooks.css
    private static let script = PageProgram.source

    func respond(to request: Request, context: PageContext) async throws -> Response {
        let target = request.head.path ?? ""
        // A whole address was cut down to its path before; no other form of a target has a place here.
        guard target.hasPrefix("/") else { return Answer.text(400, "a path is wanted") }
        let path = target.prefix { $0 != "?" && $0 != "#" }
        if path.hasPrefix("/api/") { return await act(String(path.dropFirst(5)), request, context) }
        guard gate.hosts.contains(request.head.authority ?? "") else {
            return await refuse(.host, action: "read", detail: String(path), context)
        }
        guard request.method == .get || request.method == .head else {
            return Answer.text(405, "this is only read", more: [("Allow", "GET, HEAD")])
        }
        let response = await read(path, request, context)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func read(_ path: Substring, _ request: Request, _ context: PageContext) async -> Response {
        if path.hasPrefix("/reports/") { return await report(path.dropFirst("/reports/".count), context) }
        switch path {
        case "/": return Answer.make(200, "text/html; charset=utf-8", Self.document)
        case "/page.css": return Answer.make(200, "text/css; charset=utf-8", Self.style)
        case "/page.js": return Answer.make(200, "text/javascript; charset=utf-8", Self.script)
        case "/events": return events(request, context)
        case "/healthz": return Answer.text(200, "ok")
        case "/metrics": return Answer.make(200, "text/plain; version=0.0.4; charset=utf-8", Array(metrics.utf8))
        default: return Answer.text(404, "there is nothing of that name here")
        }
    }

    private var metrics: String {
        PageMetrics(
            page: page.broadcaster.latest, endedRuns: page.endedRuns, viewers: page.broadcaster.viewerCount,
            encodings: page.broadcaster.encodings, actions: actions.entries, version: EngineVersion.text
        ).text
    }

    private func report(_ path: Substring, _ context: PageContext) async -> Response {
        // Reading takes a disk's time, which is not a serving thread's.
        let found = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [reports] in continuation.resume(returning: reports.read(path)) }
        }
        switch found {
        case .page(let bytes):
            return Answer.make(200, "text/html; charset=utf-8", bytes, policy: Answer.reportPolicy)
        case .missing: return Answer.text(404, "there is no such report")
        case .refused:
            return await refused(
                Answer.text(404, "there is no such report"), why: "path", action: "read",
                detail: "/reports/\(path)", context)
        }
    }

    // MARK: Events

    private func events(_ request: Request, _ context: PageContext) -> Response {
        // Another site's page could not read it, but it could hold all places.
        if let site = request.headers[HTTPField.Name("Sec-Fetch-Site")!], site != "same-origin", site != "none" {
            return Answer.text(403, "only this page may listen")
        }
        guard request.method == .get else { return Answer.stream(ResponseBody()) }
        let channel = context.channel
        guard let viewer = page.broadcaster.join(disconnect: { channel.close(mode: .all, promise: nil) }) else {
            return Answer.text(503, "too many pages look at this service", more: [("Retry-After", "10")])
        }
        let body = request.body
        return Answer.stream(
            ResponseBody { writer in
                defer { viewer.finish() }
                try await body.consumeWithInboundCloseHandler { _ in
                    while let message = await viewer.next() { try await writer.write(message) }
                } onInboundClosed: {
                    viewer.finish()
                }
                try await writer.finish(nil)
            })
    }
}
