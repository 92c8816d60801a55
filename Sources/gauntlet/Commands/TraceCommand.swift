import ArgumentParser
import ChaosPlan
import ChaosReport

struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Shows what happened to one agent around an instant, in order.",
        discussion: """
            Example: gauntlet trace reports/hub-failover/RUN --agent TutorAgent --around 37s

            Lines about the agent itself, its hubs, its host and whom it calls; each says which.
            """)

    @Argument(help: ArgumentHelp("A run directory.", valueName: "run"), completion: .directory)
    var directory: String

    @Option(help: "The agent.")
    var agent: String

    @Option(parsing: .unconditional, help: ArgumentHelp("The instant, from the start of the run.", valueName: "time"))
    var around: TimeArgument

    @Option(
        parsing: .unconditional, help: ArgumentHelp("How far before and after it (default: 5s).", valueName: "time"))
    var within = TimeArgument(nanoseconds: 5 * .second)

    func validate() throws {
        for (name, time) in [("--around", around), ("--within", within)] where time.nanoseconds < 0 {
            throw ValidationError("\(name) takes 0s or more, not \(Clock.text(time.nanoseconds))")
        }
    }

    func run() async throws {
        let store = try RunStore.at(directory)
        let plan = try LoadedPlan.load(store.readRecord(), in: store).plan
        let names = plan.fleet.agents.map(\.name)
        guard let index = names.firstIndex(of: agent) else {
            if let kind = kind(in: plan.fleet) { throw Failure(.badArguments, "\(agent) is a \(kind), not an agent") }
            throw Failure(
                .badArguments, "no agent `\(agent)` in \(plan.fleet.name); \(NearestWord.hint(agent, among: names))")
        }
        let from = max(0, around.nanoseconds - within.nanoseconds)
        let until = around.nanoseconds + within.nanoseconds
        try show(trace(store, agent: index, fleet: plan.fleet, from: from, until: until), from: from, until: until)
    }

    /// Of what bears the name given for the agent, if it is something else.
    private func kind(in fleet: Fleet) -> String? {
        if fleet.hubs.contains(where: { $0.name == agent }) { return "hub" }
        if fleet.hosts.contains(where: { $0.name == agent }) { return "host" }
        if fleet.stores.contains(where: { $0.name == agent }) { return "store" }
        return fleet.broker.servers.contains { $0.name == agent } ? "broker server" : nil
    }

    private func trace(
        _ store: RunStore, agent: Int, fleet: Fleet, from: Nanoseconds, until: Nanoseconds
    ) throws(Failure) -> AgentTrace {
        var end: Nanoseconds = 0
        let trace: AgentTrace
        do throws(JournalError) {
            var reader = try JournalReader(path: store.path(of: RunDirectory.journal))
            var made = AgentTrace(agent: agent, fleet: fleet, header: reader.header)
            // Windows carry their start and are written when they close, a second or a little more later.
            while let record = try reader.next() {
                end = max(end, record.time)
                if record.time > until + 3 * .second { break }
                if record.time < from { made.pass(record) } else if record.time <= until { made.consume(record) }
            }
            made.sort()
            trace = made
        } catch {
            throw Failure(journal: error, in: store)
        }
        // Reading stops beyond the window; where the journal ended first, this is how long the run was.
        guard around.nanoseconds <= end else {
            throw Failure(
                .badArguments,
                "--around \(Clock.text(around.nanoseconds)) is past the end of the run, which was \(Clock.text(end)) long"
            )
        }
        return trace
    }

    private func show(_ trace: AgentTrace, from: Nanoseconds, until: Nanoseconds) throws(Failure) {
        try Terminal.say(
            "\(agent) on \(trace.hostName), from \(Clock.text(from)) to \(Clock.text(until)): \(trace.before)")
        let when = trace.lines.map { Clock.text($0.time) }
        let widths = (when.map(\.count).max() ?? 0, trace.lines.map(\.relation.count).max() ?? 0)
        for (line, when) in zip(trace.lines, when) {
            let padded = String(repeating: " ", count: widths.0 - when.count) + when
            let relation = line.relation + String(repeating: " ", count: widths.1 - line.relation.count)
            try Terminal.say("  \(padded)  \(relation)  \(line.text)")
        }
        if trace.lines.isEmpty { try Terminal.say("  nothing that touches it") }
    }
}
