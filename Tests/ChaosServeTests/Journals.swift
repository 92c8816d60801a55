import ChaosPlan

/// A small fleet's journal, written by hand: four agents in two groups on two hosts.
enum Journals {
    static let header = JournalHeader(
        version: EngineVersion.text, scenario: "hub-failover", seed: 7, planDigest: 1, fleetDigest: 2,
        world: "simulated", phases: Phases(baseline: 10 * .second, faults: 30 * .second, recovery: 20 * .second),
        subjects: [
            .init(name: "A1", group: 0, host: 0), .init(name: "A2", group: 0, host: 0),
            .init(name: "B1", group: 1, host: 1), .init(name: "B2", group: 1, host: 1),
        ],
        groups: ["alpha", "beta"], hosts: ["One", "Two"],
        faults: [.init(id: "kill-hub", faultID: "kill-hub", kind: "kill", duration: 20 * .second)],
        requestInterval: 500 * .millisecond)

    /// 77 agents on two hosts, as the fleet that the bounds are written for.
    static let wide = {
        var header = Journals.header
        header.groups = ["core", "learning", "tools", "memory"]
        header.subjects = (0..<77).map { .init(name: "Agent\($0)", group: $0 % 4, host: $0 < 37 ? 0 : 1) }
        return header
    }()

    static func bytes(_ records: [(Nanoseconds, JournalEvent)], of header: JournalHeader = header) -> [UInt8] {
        Journal(header: header, records: records.map { JournalRecord(time: $0.0, event: $0.1) }).bytes
    }

    static func line(_ time: Nanoseconds, _ event: JournalEvent) -> [UInt8] {
        var bytes: [UInt8] = []
        JournalEncoder.encode(JournalRecord(time: time, event: event), into: &bytes)
        return bytes
    }

    static func fault(_ state: FaultEvent.State, targets: [String] = [], subjects: [Int] = []) -> JournalEvent {
        .fault(FaultEvent(instance: 0, state: state, evidence: "", targets: targets, subjects: subjects))
    }

    static func mechanism(
        _ mechanism: Mechanism, _ role: MechanismEvent.Role, by: String, about: String = "", from: String = "",
        to: String = ""
    ) -> JournalEvent {
        .mechanism(MechanismEvent(mechanism: mechanism, role: role, by: by, about: about, from: from, to: to))
    }

    static func window(requests: Int, succeeded: Int, group: Int = 0) -> JournalEvent {
        .window(
            RequestWindow(
                kind: .requests, group: group, length: 5 * .second, requests: requests, succeeded: succeeded,
                latency: []))
    }
}
