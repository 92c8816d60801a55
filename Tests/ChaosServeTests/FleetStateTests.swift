import ChaosPlan
import ChaosServe
import Testing

@Suite struct FleetStateTests {
    private static func state(_ records: [(Nanoseconds, JournalEvent)]) -> FleetState {
        var state = FleetState(header: Journals.header)
        for (time, event) in records { state.apply(JournalRecord(time: time, event: event)) }
        return state
    }

    @Test("A hub that is killed shows as under fault, its agents as moved and then as back")
    func hubFailover() {
        var records: [(Nanoseconds, JournalEvent)] = [
            (0, .phase(.baseline)), (10 * .second, .phase(.faults)),
            (15 * .second, Journals.fault(.commanded)),
            (15 * .second, Journals.fault(.effective, targets: ["EdgeHub"])),
            (16 * .second, .availability(subject: 2, up: false)),
            (
                17 * .second,
                Journals.mechanism(
                    .hubFailover, .detect, by: "B1", about: "EdgeHub", from: "on-primary", to: "switching")
            ),
        ]
        let during = Self.state(records)
        #expect(during.isHit(member: "EdgeHub"))
        #expect(during.faultsInForce == [0])
        #expect(during.agents[2] == [.down, .switching])
        #expect(during.availabilityNow == 0.75)

        records += [
            (
                18 * .second,
                Journals.mechanism(
                    .hubFailover, .takeover, by: "B1", about: "EdgeHub", from: "switching", to: "on-secondary")
            ),
            (18 * .second, .availability(subject: 2, up: true)),
        ]
        let moved = Self.state(records)
        #expect(moved.agents[2] == .onStandbyHub)
        let view = FleetView(id: "r", isCurrent: true, state: moved, hubs: ["CentralHub", "EdgeHub"], trouble: nil)
        #expect(view.hubs.map(\.name) == ["CentralHub", "EdgeHub"])
        #expect(view.hubs.map(\.state) == ["serving", "under fault"])
        #expect(view.hubs.map(\.left) == [0, 1])

        records += [
            (35 * .second, Journals.fault(.reverted)), (35 * .second, Journals.fault(.clean)),
            (
                37 * .second,
                Journals.mechanism(
                    .hubFailover, .restore, by: "B1", about: "EdgeHub", from: "failing-back", to: "on-primary")
            ),
            (60 * .second, .end),
        ]
        let after = Self.state(records)
        #expect(after.agents.allSatisfy { $0 == [] })
        #expect(after.faultsInForce.isEmpty)
        #expect(!after.isHit(member: "EdgeHub"))
        #expect(after.leftHubs.isEmpty)
        #expect(after.hasEnded)
    }

    @Test("Availability is agent-time: two of four agents down for three of sixty seconds cost 2.5 %")
    func availability() throws {
        let state = Self.state([
            (20 * .second, .availability(subject: 0, up: false)), (20 * .second, .availability(subject: 1, up: false)),
            (23 * .second, .availability(subject: 0, up: true)), (23 * .second, .availability(subject: 1, up: true)),
            (60 * .second, .end),
        ])
        #expect(abs(state.lostAgentSeconds - 6) < 1e-9)
        #expect(abs(try #require(state.availabilitySoFar) - 0.975) < 1e-9)
        #expect(state.availabilityNow == 1)
    }

    @Test("The instant is that of the latest evidence, though windows carry the time at which they began")
    func windows() {
        let state = Self.state([
            (0, Journals.window(requests: 40, succeeded: 40)),
            (0, Journals.window(requests: 40, succeeded: 40, group: 1)),
            (5 * .second, Journals.window(requests: 40, succeeded: 30)),
            (5 * .second, Journals.window(requests: 40, succeeded: 40, group: 1)),
        ])
        #expect(state.now == 10 * .second)
        #expect(state.lastWindow.requests == 80)
        #expect(state.lastWindow.succeeded == 70)
        #expect(state.requests == 160)
    }

    @Test("Marks of an agent come and go by themselves: faults overlap, restarts, buffers, shedding, stand-ins")
    func marks() {
        var header = Journals.header
        header.faults.append(.init(id: "slow", faultID: "slow", kind: "latency", duration: nil))
        var state = FleetState(header: header)
        func apply(_ event: JournalEvent) { state.apply(JournalRecord(time: .second, event: event)) }
        func fault(_ instance: Int, _ fault: FaultEvent.State) {
            apply(.fault(FaultEvent(instance: instance, state: fault, evidence: "", targets: ["A1"], subjects: [0])))
        }
        fault(0, .effective)
        fault(1, .effective)
        fault(0, .reverted)
        #expect(state.agents[0] == .hit, "the other is still in force")
        fault(1, .reverted)
        fault(1, .clean)
        #expect(state.agents[0] == [])
        apply(Journals.mechanism(.restart, .change, by: "supervisor", about: "A1", from: "waiting", to: "starting"))
        #expect(state.agents[0] == .restarting)
        apply(Journals.mechanism(.restart, .change, by: "supervisor", about: "A1", from: "waiting", to: "gave-up"))
        #expect(state.agents[0] == .givenUp)
        apply(Journals.mechanism(.restart, .restore, by: "supervisor", about: "A1", from: "starting", to: "running"))
        apply(Journals.mechanism(.buffer, .change, by: "A2", about: "nats", from: "idle", to: "buffering"))
        apply(Journals.mechanism(.loadShedding, .change, by: "B1", from: "accepting", to: "shedding"))
        apply(Journals.mechanism(.agentFailover, .takeover, by: "A2", about: "B2", from: "B2", to: "A2"))
        #expect(state.agents == [[], .buffering, .shedding, .replaced])
        apply(Journals.mechanism(.buffer, .change, by: "A2", about: "nats", from: "draining", to: "idle"))
        apply(Journals.mechanism(.loadShedding, .change, by: "B1", from: "shedding", to: "accepting"))
        apply(Journals.mechanism(.agentFailover, .restore, by: "Hub", about: "B2", from: "standby", to: "B2"))
        #expect(state.agents.allSatisfy { $0 == [] })
    }

    @Test("Breakers that are not closed, the hubs' view of the link and disks are kept until they are well again")
    func places() {
        let state = Self.state([
            (.second, Journals.mechanism(.breaker, .detect, by: "A1>B1", about: "B1", from: "closed", to: "open")),
            (.second, Journals.mechanism(.breaker, .detect, by: "A2>B1", about: "B1", from: "closed", to: "open")),
            (
                2 * .second,
                Journals.mechanism(.breaker, .change, by: "A1>B1", about: "B1", from: "open", to: "halfOpen")
            ),
            (
                3 * .second,
                Journals.mechanism(.breaker, .change, by: "A2>B1", about: "B1", from: "halfOpen", to: "closed")
            ),
            (
                3 * .second,
                Journals.mechanism(
                    .partitionDetector, .detect, by: "EdgeHub", about: "One-Two", from: "connected", to: "partitioned")
            ),
            (4 * .second, .disk(host: 1, used: Share(partsPerMillion: 912_000), level: .act)),
            (4 * .second, .hub(.diverged)),
        ])
        #expect(state.breakers == ["A1>B1": "halfOpen"])
        #expect(state.isPartitioned)
        #expect(state.disks[1] == FleetState.Disk(used: 0.912, level: "act"))
        #expect(state.disks[0] == nil)
        #expect(state.registriesDiffer)
    }
}

@Suite struct JournalTailTests {
    @Test("A journal is followed while it grows, half lines and all; nothing is read twice")
    func growing() throws {
        let folder = try Folder()
        let tail = JournalTail(path: folder.file("journal.jsonl"))
        #expect(tail.advance())
        #expect(tail.state == nil, "it is not there yet")

        let header = Journals.bytes([])
        try folder.append(header.prefix(40), to: "journal.jsonl")
        tail.advance()
        #expect(tail.state == nil, "its first line is not whole")
        try folder.append(header.dropFirst(40), to: "journal.jsonl")
        tail.advance()
        #expect(tail.state?.agents.count == 4)

        let down = Journals.line(12 * .second, .availability(subject: 1, up: false))
        for byte in down {
            try folder.append([byte], to: "journal.jsonl")
            tail.advance()
        }
        #expect(tail.state?.downAgents == 1)
        try folder.append(Journals.line(13 * .second, .availability(subject: 1, up: true)), to: "journal.jsonl")
        try folder.append(Journals.line(60 * .second, .end), to: "journal.jsonl")
        tail.advance()
        #expect(tail.state?.downAgents == 0)
        #expect(tail.state?.lostAgentSeconds == 1)
        #expect(tail.failure == nil)
    }

    @Test(
        "A long journal is caught up with in pieces, a damaged one is shown as far as it can be read, with the reason")
    func piecesAndDamage() throws {
        let folder = try Folder()
        try folder.append(
            Journals.bytes((0..<100).map { (Nanoseconds($0) * .second, Journals.window(requests: 1, succeeded: 1)) }),
            to: "journal.jsonl")
        let tail = JournalTail(path: folder.file("journal.jsonl"))
        #expect(!tail.advance(limit: 60))
        #expect(tail.state?.requests == 60)
        #expect(tail.advance(limit: 60))
        #expect(tail.state?.requests == 100)

        try folder.append(Array("{\"t\":1,\"ev\":\"nonsense\"}\n".utf8), to: "journal.jsonl")
        tail.advance()
        #expect(tail.failure?.contains("line 102") == true)
        #expect(tail.state?.requests == 100)
    }
}
