public import ChaosPlan

/// What a change may cost, or save, beside the objectives.
public enum AdviceFact: String, CaseIterable, Hashable, Sendable {
    /// All of the next three together, and what was delivered twice.
    case traffic
    /// Calls between members, retries included.
    case callsSent = "calls-sent"
    case published
    /// Heartbeats and exchanges of registries that were due by the fleet's periods: the simulator does not send each of them.
    case heartbeats
    case availability
    case successRatio = "success-ratio"
    case latencyP50 = "latency-p50"
    case latencyP95 = "latency-p95"
    case latencyP99 = "latency-p99"
    /// Agent-seconds.
    case downtime
    case breakerOpenings = "breaker-openings"
    /// Times that somebody was taken for dead, or a link for cut.
    case detections
    /// The same in the same seeds without any fault: all of them are false.
    case falseDetections = "false-detections"
    case restarts
    case lost
    case bufferDropped = "buffer-dropped"
    case bufferHighWater = "buffer-high-water"
    case redelivered
    case diskHighWater = "disk-high-water"

    /// Nil where it is a number of things.
    public var unit: Metric.Unit? {
        switch self {
        case .availability, .successRatio, .diskHighWater: .share
        case .latencyP50, .latencyP95, .latencyP99: .time
        case .downtime: .agentSeconds
        default: nil
        }
    }

    public var largerIsWorse: Bool {
        switch self {
        case .availability, .successRatio: false
        default: true
        }
    }

    /// In a sentence.
    public var words: String {
        switch self {
        case .availability: "availability over the run"
        case .latencyP50: "median latency"
        case .latencyP95: "95 % latency"
        case .latencyP99: "99 % latency"
        case .lost: "lost messages"
        case .published: "published messages"
        case .redelivered: "redeliveries"
        case .callsSent: "calls"
        case .bufferDropped: "messages dropped from buffers"
        case .bufferHighWater: "buffered messages at most"
        case .diskHighWater: "fullest disk"
        default: rawValue.split(separator: "-").joined(separator: " ")
        }
    }

    /// What is worth a word in a sentence about costs, in the order of its telling.
    static let told: [AdviceFact] = [
        .traffic, .falseDetections, .breakerOpenings, .detections, .availability, .latencyP95, .restarts, .lost,
        .bufferDropped, .bufferHighWater, .diskHighWater,
    ]
}
