import ChaosServe
import ChaosService
import Foundation

/// A page that is served on a free port, with a folder of its own for reports, token and audit log.
struct Rig: Sendable {
    let folder: Folder
    let control: TestControl
    let server: WebServer
    let http: RawHTTP

    var port: Int { http.port }

    var token: String {
        get throws { try folder.text("state/token").trimmingCharacters(in: .newlines) }
    }

    /// Headers that act.
    var acting: [(String, String)] {
        get throws { [("Content-Type", "application/json"), ("Authorization", "Bearer \(try token)")] }
    }

    var reports: String { folder.file("reports") }

    struct AuditLine: Decodable {
        var time: String
        var who: String
        var from: String
        var action: String
        var detail: String?
        var answer: String
        var status: Int?
        var times: Int?
    }

    /// So far.
    func audit() throws -> [AuditLine] {
        try folder.text("state/audit.jsonl").split(separator: "\n").map {
            try JSONDecoder().decode(AuditLine.self, from: Data($0.utf8))
        }
    }

    static func serve<T: Sendable>(
        hostNames: [String] = [], interval: Duration = .milliseconds(25), _ body: @Sendable (Rig) async throws -> T
    ) async throws -> T {
        let folder = try Folder()
        let control = TestControl()
        try FileManager.default.createDirectory(atPath: folder.file("reports"), withIntermediateDirectories: true)
        var settings = ServeSettings(
            tokenFile: folder.file("state/token"), auditFile: folder.file("state/audit.jsonl"))
        settings.port = 0
        settings.reports = folder.file("reports")
        settings.hostNames = hostNames
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = try WebServer(settings: settings, control: control, interval: interval) { listening.yield($0) }
        let run = server.run(stopsOnSignals: false)
        let ended = Task {
            defer { listening.finish() }
            try await run.run()
        }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else {
            try await ended.value
            throw RawHTTP.Trouble(what: "the server ended before it listened")
        }
        let result: Result<T, any Error>
        do {
            result = .success(
                try await body(Rig(folder: folder, control: control, server: server, http: RawHTTP(port: port))))
        } catch { result = .failure(error) }
        await run.stop()
        try await ended.value
        return try result.get()
    }
}
