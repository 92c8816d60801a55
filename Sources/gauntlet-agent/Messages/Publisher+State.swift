import ChaosFleet
import ChaosNATS
import ChaosResilience
import FoundationEssentials

/// What a publisher tells when it is asked.
extension Publisher {
    private struct State: Encodable {
        var server: String?
        var published: UInt64
        var acknowledged: UInt64
        var indeterminate: UInt64
        var dropped: UInt64
        var waiting: Int
        var inFlight: Int
        var highWater: Int
        var isBuffering: Bool
        var reconnects: UInt64
        var credential: String
        var nextCounter: UInt64
        var error: String?
    }

    package var json: String {
        let state = State(
            server: server?.name, published: totals.published, acknowledged: totals.acknowledged,
            indeterminate: totals.indeterminate, dropped: totals.dropped, waiting: buffer.count,
            inFlight: sent.count, highWater: buffer.highWater, isBuffering: isBuffering,
            reconnects: totals.reconnects, credential: "v\(credentialVersion)", nextCounter: nextCounter,
            error: lastError)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(state) else { preconditionFailure("numbers and texts encode") }
        return String(decoding: data, as: UTF8.self)
    }

    package var metrics: String {
        """
        # TYPE agent_messages_total counter
        agent_messages_total{outcome="published"} \(totals.published)
        agent_messages_total{outcome="acknowledged"} \(totals.acknowledged)
        agent_messages_total{outcome="indeterminate"} \(totals.indeterminate)
        agent_messages_total{outcome="dropped"} \(totals.dropped)
        # TYPE agent_buffer_messages gauge
        agent_buffer_messages \(buffer.count)
        # TYPE agent_broker_connected gauge
        agent_broker_connected \(server == nil ? 0 : 1)
        # TYPE agent_broker_reconnects_total counter
        agent_broker_reconnects_total \(totals.reconnects)

        """
    }
}
