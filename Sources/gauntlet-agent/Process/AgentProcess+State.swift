import ChaosHTTP
import ChaosPlan
import ChaosResilience
import FoundationEssentials

/// What an agent tells about itself over HTTP.
extension AgentProcess {
    private struct State: Encodable {
        struct Edge: Encodable {
            var edge: String
            var breaker: String
            var endpoint: String?
        }
        var name: String
        var hub: String?
        var hubState: String
        var epoch: UInt32
        var busy: Int
        var queue: Int
        var requests: Int
        var failures: Int
        var shed: Int
        var edges: [Edge]
        var logBytes: Int64
        var logDropped: Int64
        var diskUsed: Double
    }

    var stateJSON: String {
        let state = State(
            name: name, hub: hubs.currentName, hubState: hubs.stateWord, epoch: hubs.epoch, busy: queue.busy,
            queue: queue.waitingCount, requests: requests, failures: failures, shed: queue.shed,
            edges: dependencies.edges.map {
                State.Edge(edge: $0.name, breaker: "\($0.breaker.state)", endpoint: $0.endpoint?.text)
            }, logBytes: log.rotation.bytesOnDisk, logDropped: log.rotation.droppedBytes,
            diskUsed: houseKeeping.used.fraction)
        let text = JSONText.of(state)
        // The publisher's own JSON becomes one more member.
        return text.dropLast() + ",\"publisher\":\(publisher.json)}"
    }

    var metrics: String {
        var text = Metrics()
        text.counter("gauntlet_agent_requests_total", "Requests taken or shed.", requests)
        text.counter("gauntlet_agent_failures_total", "Requests that failed.", failures)
        text.counter("gauntlet_agent_shed_total", "Requests refused because the queue was full.", queue.shed)
        text.counter("gauntlet_agent_calls_needed_total", "Calls that requests needed.", dependencies.needed)
        text.counter("gauntlet_agent_calls_sent_total", "Calls sent for them.", dependencies.sent)
        text.counter(
            "gauntlet_agent_retries_total", "Retries that the budget granted.", Int(dependencies.budget.retries))
        text.gauge("gauntlet_agent_busy", "Workers at work.", queue.busy)
        text.gauge("gauntlet_agent_queue", "Requests waiting.", queue.waitingCount)
        text.head("gauntlet_agent_breaker_open", "gauge", "1 while the edge's circuit breaker is not closed.")
        for edge in dependencies.edges {
            text.sample(
                "gauntlet_agent_breaker_open", labels: ["edge": edge.name], edge.breaker.state == .closed ? 0 : 1)
        }
        text.head("gauntlet_agent_hub", "gauge", "1 for the hub that serves this agent.")
        for hub in fleet.hubs {
            text.sample("gauntlet_agent_hub", labels: ["hub": hub.name], hubs.currentName == hub.name ? 1 : 0)
        }
        text.gauge("gauntlet_agent_epoch", "Of the registration with that hub.", Int(hubs.epoch))
        text.gauge("gauntlet_agent_log_bytes", "Of the log on disk.", Int(log.rotation.bytesOnDisk))
        text.gauge(
            "gauntlet_agent_disk_used_ppm", "Of the host's disk, parts per million.",
            Int(houseKeeping.used.partsPerMillion))
        return text.text + publisher.metrics
    }
}
