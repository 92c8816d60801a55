import ChaosPlan
import ChaosRun
import Foundation

/// GAUNTLET_FULL=1 runs the counts that the project promises; without it a part of them, for every day.
let isFull = ProcessInfo.processInfo.environment["GAUNTLET_FULL"] == "1"

func count(_ quick: Int, full: Int) -> Int { isFull ? full : quick }

/// A small generator with a seed: every random test prints it when it fails.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        // Far apart in the one sequence that all share, not one step after another.
        state = (seed &+ 1) &* 0xD134_2543_DE82_EF95
        state = next() ^ seed << 32
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int64) -> Int64 { Int64.random(in: 0..<bound, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

let s: Nanoseconds = .second

/// A plan of `agents` agents on one host whose policies nobody looks at.
func plan(agents: Int = 2, phases: Phases, abortWhen: [AbortRule] = []) -> Plan {
    let service = Fleet.Service(time: 0, spread: .constant, workers: 1, queue: 1, startup: 0, memory: 0)
    let fleet = Fleet(
        name: "f", summary: "", hosts: [.init(name: "h", cores: 1, memory: 1, disk: 1, diskUsed: .zero)], links: [],
        localDelay: 0,
        agents: (0..<agents).map {
            .init(
                name: "a\($0)", host: 0, group: $0 % 2 == 0 ? "even" : "odd", role: "r", port: nil, labels: [],
                service: service, standby: nil)
        },
        hubs: [], broker: broker(service), stores: [], calls: [], policies: Policies(callClasses: []),
        parameters: [], digest: 0)
    return Plan(
        name: "p", summary: "", fleet: fleet, phases: phases,
        workload: Workload(
            requests: Rate(interval: s), requestTimeout: s, messages: Rate(interval: 0), stream: "x"),
        faults: [], expect: [], exercises: nil, exercisesNothingBecause: nil, objectives: [],
        safety: Safety(hosts: nil, agents: nil, abortWhen: abortWhen), faultsPerHour: 1, digest: 0)
}

private func broker(_ service: Fleet.Service) -> Fleet.Broker {
    Fleet.Broker(
        mode: .leaf, servers: [], service: service, version: "", sync: .always, syncInterval: s, syncTime: 0,
        electionMin: s, electionMax: s, heartbeat: s, lostQuorum: s, ackTimeout: s, ackWait: s, dedupeWindow: s,
        maxAckPending: 1, reconnectWait: s, messageSize: 1)
}

func instance(
    _ id: String, _ start: FaultInstance.Start, for duration: Nanoseconds?, fault: Fault = .kill
) -> FaultInstance {
    FaultInstance(id: id, faultID: id, fault: fault, targets: .members([]), start: start, duration: duration)
}

func schedule(_ instances: [FaultInstance]) -> Schedule {
    Schedule(seed: 1, instances: instances, blastRadius: BlastRadius(hosts: [], agents: [], exposed: []))
}

final class Lines: JournalSink {
    var records: [JournalRecord] = []
    func write(_ record: JournalRecord) { records.append(record) }

    var changes: [Change] {
        records.compactMap { record in
            guard case .availability(let subject, let up) = record.event else { return nil }
            return Change(subject: subject, up: up, time: record.time)
        }
    }

    var faults: [String] {
        records.compactMap { record in
            guard case .fault(let event) = record.event else { return nil }
            return "\(event.state.rawValue) \(event.instance) at \(record.time / s)"
        }
    }
}

struct Change: Hashable {
    var subject: Int
    var up: Bool
    var time: Nanoseconds
}
