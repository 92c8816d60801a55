public import ChaosPlan

/// What a journal tells of the fleet's own numbers; only what happened without a fault in the way is taken for latencies.
public struct Measurements: Sendable {
    /// Requests of each group, and look-ups at the hubs, outside of any fault's reach.
    public private(set) var latency: [String: LatencyHistogram] = [:]
    public private(set) var lookUps = LatencyHistogram()
    /// Of each member: from the supervisor's start to serving.
    public private(set) var startups: [String: [Nanoseconds]] = [:]
    /// From a process's death to the first notice of it.
    public private(set) var detections: [Nanoseconds] = []
    /// Of links, `A-B`: the prober's median round trip before a fault.
    public private(set) var roundTrips: [String: [Nanoseconds]] = [:]

    public init() {}

    /// Adds a run.
    public mutating func add(_ reader: consuming JournalReader) throws(JournalError) {
        var reader = reader
        let header = reader.header
        var phase: Phase?
        // Without faults the whole run is as good as its baseline.
        let isFaultFree = header.faults.isEmpty
        var starting: [String: Nanoseconds] = [:]
        var killed: [String: Nanoseconds] = [:]
        while let record = try reader.next() {
            switch record.event {
            case .phase(let next): phase = next
            case .window(let window):
                guard isFaultFree || phase == .baseline else { continue }
                switch window.kind {
                case .requests:
                    guard window.group >= 0 else { continue }
                    latency[header.groups[window.group], default: LatencyHistogram()].add(window.latency)
                case .discovery: lookUps.add(window.latency)
                }
            case .mechanism(let event):
                note(event, at: record.time, &starting, &killed)
            case .fault(let event) where event.state == .effective:
                let kind = header.faults[event.instance].kind
                if [FaultKind.kill.rawValue, FaultKind.restart.rawValue].contains(kind) {
                    for target in event.targets { killed[target] = record.time }
                }
                noteLink(event)
            default: break
            }
        }
    }

    private mutating func note(
        _ event: MechanismEvent, at time: Nanoseconds, _ starting: inout [String: Nanoseconds],
        _ killed: inout [String: Nanoseconds]
    ) {
        if event.mechanism == .restart {
            if event.to == "starting" { starting[event.about] = time }
            if event.to == "running", let began = starting.removeValue(forKey: event.about) {
                startups[event.about, default: []].append(time - began)
            }
        }
        if event.mechanism == .agentFailover, event.role == .detect,
            let began = killed.removeValue(forKey: event.about)
        {
            detections.append(time - began)
        }
    }

    /// Evidence of a latency fault says what the way took before it: `median 0.42 ms before`.
    private mutating func noteLink(_ event: FaultEvent) {
        guard let target = event.targets.first, target.contains("-") || target.contains(">"),
            let match = event.evidence.firstMatch(of: #/median ([0-9]+(?:\.[0-9]+)?) ms before/#),
            let milliseconds = Double(match.1), milliseconds < 60_000
        else { return }
        let name = target.replacing(">", with: "-")
        roundTrips[name, default: []].append(Nanoseconds(milliseconds * 1e6))
    }
}
