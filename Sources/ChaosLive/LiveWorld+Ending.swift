import ChaosFleet
import ChaosPlan
public import ChaosRun
import Glibc

/// The end of a run: publishers flush, the streams are read to their ends, and all is counted.
extension LiveWorld {
    public func finish() async throws(WorldError) {
        let end = plan.phases.end
        // Earlier where the run was cut short.
        let stop = max(0, min(now, end))
        let told = FleetClock.now
        order.stopNs = stop
        do throws(LiveError) {
            try session.write(order.json, to: FleetLayout.runFile)
            try writeClients(stop: stop)
        } catch {
            tell("the fleet could not be told of the run's end: \(error.message)")
        }
        // Answers that were under way at the end, and messages that were still in buffers.
        wait(for: 2 * .second) { self.watermark >= stop }
        if let prober { prober.closeInput() }
        if reader != nil {
            // Publishers look for a new order four times a second; what they sent meanwhile is asked of the streams, too.
            wait(for: 20 * .second) { self.ledger.open == 0 && FleetClock.now - told > .second }
            reader?.closeInput()
            awaitFinalRead()
            if !unreadServers.isEmpty { readAgain() }
        }
        auditAtEnd()
        judge()
        await release()
    }

    private func wait(for limit: Nanoseconds, until condition: () -> Bool) {
        let deadline = FleetClock.now + limit
        while !condition(), FleetClock.now < deadline {
            listen()
            usleep(20_000)
        }
        listen()
    }

    /// What the streams hold of each publisher, as one read.
    private func recordFinalReads() {
        guard let operations = observer.operations else { return }
        let end = plan.phases.end
        operations.closePublishes(now: end)
        for (name, publisher) in ledger.publishers.sorted(by: { $0.key < $1.key }) {
            guard let agent = agents[name] else { continue }
            let home = plan.fleet.broker.servers.first { $0.host == plan.fleet.agents[agent].host }?.name ?? ""
            operations.finalRead(
                publisher: agent, counters: Self.ranges(publisher.stored), reader: reader(of: home), began: end,
                now: end)
        }
    }

    private static func ranges(_ counters: [UInt64]) -> [ClosedRange<UInt32>] {
        var ranges: [ClosedRange<UInt32>] = []
        for counter in Set(counters).sorted() {
            let counter = UInt32(truncatingIfNeeded: counter)
            if let last = ranges.last, last.upperBound &+ 1 == counter {
                ranges[ranges.count - 1] = last.lowerBound...counter
            } else {
                ranges.append(counter...counter)
            }
        }
        return ranges
    }

    private func awaitFinalRead() {
        wait(for: 120 * .second) { self.finalReadEnded || self.reader?.isRunning == false }
    }

    /// Servers whose own stream was not read whole.
    private var unreadServers: [String] {
        let servers = plan.fleet.broker.servers.map(\.name)
        guard plan.fleet.broker.mode == .leaf else {
            return readWhole.contains { $0.hasSuffix("/\(order.stream)") } ? [] : servers
        }
        return servers.filter { !readWhole.contains("\($0)/\(order.stream)") }
    }

    /// A server may go on running and not serve its streams: one that ran out of disk has switched JetStream off until its next
    /// start. Whether it kept what it acknowledged is asked of it anew.
    private func readAgain() {
        let servers = unreadServers
        tell("\(servers.joined(separator: ", ")) would not be read after the run: started anew for the ledger")
        reader?.finish(within: 3_000)
        for server in servers {
            do throws(LiveError) { try session.restart(server, environment: [:]) } catch { tell(error.message) }
        }
        wait(for: 30 * .second) {
            let processes = (try? self.session.status())?.processes ?? []
            return servers.allSatisfy { server in processes.contains { $0.name == server && $0.isReady } }
        }
        ledger.forgetStored()
        readWhole = []
        finalReadEnded = false
        readerReader = LineReader()
        do throws(LiveError) {
            reader = try ChildProgram(session.entering(nil, [session.programs.agent, "reader", "--final"]))
            awaitFinalRead()
        } catch {
            tell(error.message)
        }
        let unread = unreadServers
        if !unread.isEmpty {
            tell("\(unread.joined(separator: ", ")) cannot be read: what it acknowledged counts as lost")
        }
    }

    private func judge() {
        recordFinalReads()
        ledger.judge(into: observer, now: plan.phases.end)
        var totals = observer.totals
        totals.callsNeeded = calls.values.reduce(formerCalls.needed) { $0 + $1.needed }
        totals.callsSent = calls.values.reduce(formerCalls.sent) { $0 + $1.sent }
        totals.diskHighWater = diskHighWater
        let running = Set((try? session.status())?.processes.filter { $0.state == "running" }.map(\.name) ?? [])
        totals.registered = plan.fleet.agents.indices.count { index in
            // What is not ours registers nowhere; it is there if somebody has served its client.
            if clients != nil { return answering[index] != nil }
            let name = plan.fleet.agents[index].name
            return running.contains(name) && !isolated.contains(name)
        }
        observer.totals = totals
        if worstLateness > 5 * .millisecond {
            tell("harness error: a request was sent \(worstLateness / .millisecond) ms after it was due")
        }
    }
}
