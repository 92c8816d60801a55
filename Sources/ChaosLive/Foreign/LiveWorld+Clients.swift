import ChaosFleet
import ChaosPlan
import ChaosRun
import Glibc

/// Clients of processes that are not ours.
extension LiveWorld {
    /// Before the run every client must have been served once: a fleet that does not work is not worth a fault. It also shows
    /// which of its addresses serves each client, so that the run begins there.
    ///
    /// - Throws: one error that names each client that was not served.
    func checkSteadyState() throws(LiveError) {
        guard var plan = ClientPlan(layout, order) else { return }
        plan.startNs = FleetClock.now
        let file = "\(ClientPlan.file).check"
        try session.write(plan.json, to: file)
        defer { session.remove(file) }
        let prober = try ChildProgram(session.entering(nil, [session.programs.probe, "plan", session.inside(file)]))
        defer { prober.finish(within: 3_000) }
        var waiting = Set(self.plan.fleet.agents.indices)
        var reader = LineReader()
        let deadline = FleetClock.now + Self.steadyLimit
        while !waiting.isEmpty, FleetClock.now < deadline, !reader.isAtEnd {
            var wait = pollfd(fd: prober.output, events: Int16(POLLIN), revents: 0)
            _ = poll(&wait, 1, 100)
            for line in reader.lines(from: prober.output) {
                guard case .outcome(let subject, _, _, true, _, let index)? = ProbeLine(line) else { continue }
                guard waiting.remove(subject) != nil, let index else { continue }
                plan.begin(subject, with: index)
            }
        }
        guard waiting.isEmpty else { throw LiveError(unserved(waiting, plan)) }
        clients = plan
    }

    private static let steadyLimit: Nanoseconds = 20 * .second

    private func unserved(_ subjects: Set<Int>, _ plan: ClientPlan) -> String {
        let names = subjects.sorted().prefix(3).map { subject in
            let addresses = plan.addresses(of: subject)
            let places = addresses.isEmpty ? "" : " (at \(addresses.joined(separator: ", ")))"
            return "\(self.plan.fleet.agents[subject].name)\(places)"
        }
        let more = subjects.count > 3 ? " and \(subjects.count - 3) more" : ""
        return "before the run, \(subjects.count) of \(self.plan.fleet.agents.count) clients were not served once in "
            + "\(Self.steadyLimit / .second) s: \(names.joined(separator: ", "))\(more); nothing was injected"
    }

    /// What asks the fleet in this run.
    func proberCommand() throws(LiveError) -> [String] {
        guard clients != nil else { return session.entering(nil, [session.programs.probe, "fleet"]) }
        try writeClients(stop: nil)
        return session.entering(nil, [session.programs.probe, "plan", session.inside(ClientPlan.file)])
    }

    func writeClients(stop: Nanoseconds?) throws(LiveError) {
        guard var plan = clients else { return }
        plan.startNs = order.startNs
        plan.stopNs = stop
        try session.write(plan.json, to: ClientPlan.file)
    }

    /// A client that is served from another address than before has been taken over.
    func noteAddress(_ index: Int?, of subject: Int, at time: Nanoseconds) {
        guard let index, let name = clients?.name(index, of: subject), name != answering[subject] else { return }
        let former = answering.updateValue(name, forKey: subject)
        guard let former else { return }
        observer.mechanism(.agentFailover, .takeover, by: name, about: former, from: former, to: name, now: time)
    }
}
