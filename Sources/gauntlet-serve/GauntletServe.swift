import ArgumentParser
import ChaosServe
import ChaosService
import Foundation
import ServiceLifecycle

@main
struct GauntletServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gauntlet-serve",
        abstract: "Runs a calendar as a service and shows it on a live page, on 127.0.0.1.",
        discussion: """
            Examples:
              gauntlet serve --calendar calendar.yaml
              gauntlet serve --calendar docs/examples/calendar/demo.yaml --pace 4x
              ssh -L 8700:127.0.0.1:8700 HOST             the page of another host

            Reading needs nothing; Halt, Run and Resume need the token in the file that is named at start. SIGTERM or Ctrl-C takes
            back every fault first. docs/serve.md has the rest.
            """)

    @Option(help: "The calendar; without one only what is asked for is run.", completion: .file(extensions: ["yaml"]))
    var calendar: String?

    @Option(help: "Where run directories, their history and the service's records lie.", completion: .directory)
    var out = "reports"

    @Option(help: "A loopback address.")
    var address = "127.0.0.1"

    @Option(help: "0 takes a free one.")
    var port = 8700

    @Option(
        help: ArgumentHelp(
            "A name under which a proxy asks for the page, beside localhost; may be repeated.", valueName: "name"))
    var allowHost: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where the token and the audit log lie (default: $STATE_DIRECTORY, else ~/.local/state/gauntlet).",
            valueName: "directory"), completion: .directory)
    var state: String?

    @Option(help: "Who is told of what (docs/notifications.md).", completion: .file(extensions: ["yaml"]))
    var notify: String?

    @Option(
        help: ArgumentHelp(
            "Simulated runs take so many virtual seconds in each real one, to be watched (`4x`).", valueName: "pace"))
    var pace: String?

    @Option(
        help: ArgumentHelp(
            "The command that runs scenarios (default: the one beside this program).", valueName: "path"),
        completion: .file())
    var gauntlet: String?

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes 0 to 65535") }
        guard !out.isEmpty else { throw ValidationError("--out takes a directory, not an empty path") }
    }

    func run() async throws {
        do {
            try await serve()
        } catch let failure as ServeFailure {
            throw Self.end(failure.description)
        } catch let failure as NoticesFailure {
            throw Self.end(failure.description)
        } catch let failure as ServiceError {
            throw Self.end(failure.description)
        } catch let code as ExitCode {
            throw code
        } catch {
            // Most likely the address is taken.
            throw Self.end("cannot serve at \(address), port \(port): \(error)")
        }
    }

    private func serve() async throws {
        let notices = try Notices(file: notify, calendar: calendar ?? "none")
        var settings = ServiceSettings(calendar: calendar, reports: out, gauntlet: gauntlet)
        settings.pace = pace
        settings.tell = { notices.tell($0) }
        settings.stored = { await notices.stored() }
        let service = try ChaosService.Service(settings)

        let folder = state ?? Self.stateFolder
        var page = ServeSettings(tokenFile: "\(folder)/serve-token", auditFile: "\(folder)/serve-audit.jsonl")
        page.address = address
        page.port = port
        page.reports = out
        page.hostNames = allowHost
        let shown = address.contains(":") ? "[\(address)]" : address
        let server = try WebServer(settings: page, control: NotifyingControl(service: service, notices: notices)) {
            // Where it is, for people and for scripts; never the token.
            Self.say(
                "page   http://\(shown):\($0)/\ntoken  \(folder)/serve-token (to act)\naudit  \(folder)/serve-audit.jsonl"
            )
        }
        let calendarService = CalendarService(service: service)
        let result: Result<Void, any Error>
        do {
            result = .success(try await server.run(with: [calendarService]).run())
        } catch {
            result = .failure(error)
        }
        // Why it ended is worth telling, too.
        await notices.end()
        try result.get()
        try calendarService.judge()
    }

    /// For a service of systemd its own folder, else the user's.
    private static var stateFolder: String {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(folder) }
        if let folder = environment["XDG_STATE_HOME"], folder.hasPrefix("/") { return "\(folder)/gauntlet" }
        return NSHomeDirectory() + "/.local/state/gauntlet"
    }

    private static func say(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    }

    static func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    /// 69 as in `gauntlet`: a file or an address is missing.
    private static func end(_ message: String) -> ExitCode {
        note("gauntlet serve: \(message)")
        return ExitCode(69)
    }
}
