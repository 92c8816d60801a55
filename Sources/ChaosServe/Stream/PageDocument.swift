package import ChaosService
import Foundation

/// Everything the page shows at one instant.
package struct PageState: Sendable {
    package var status: ServiceStatus
    package var fleets: [FleetView]

    package init(status: ServiceStatus, fleets: [FleetView]) {
        self.status = status
        self.fleets = fleets
    }
}

/// The page's state as bytes, in sections: what changes is encoded once and sent to everybody, what does not change is
/// neither encoded anew into a message nor sent.
package struct PageDocument {
    /// Messages made so far, snapshots and deltas: the same whether one looks or a hundred.
    package private(set) var encodings = 0

    private var root = Sections()
    private var fleets: [String: (sections: Sections, agents: [AgentState])] = [:]
    private var order: [String] = []
    private var sequence = 0
    private var now: Int64 = 0
    private var lastTold: Int64 = .min
    private var madeSnapshot: [UInt8]?

    /// Seconds after which a page is told that nothing changed: else it could not tell silence from a dead service.
    package static let sign: Int64 = 5
    /// Ended runs that are shown.
    private static let history = 40

    package init() {}

    /// Takes a new state in; the message that brings the page from the state before to this one, nil if it need not be sent.
    package mutating func update(_ state: PageState) -> [UInt8]? {
        now = state.status.now
        var changed = root.replace(Self.sections(state.status))
        let ids = state.fleets.map(\.id)
        if ids != order { changed += root.replace([("order", ids)]) }
        order = ids
        fleets = fleets.filter { ids.contains($0.key) }
        var parts: [String] = []
        for fleet in state.fleets {
            if let part = update(fleet) { parts.append(part) }
        }
        madeSnapshot = nil
        guard !changed.isEmpty || !parts.isEmpty || now - lastTold >= Self.sign else { return nil }
        lastTold = now
        sequence += 1
        encodings += 1
        var text = "{\"seq\":\(sequence),\"now\":\(now)"
        if !changed.isEmpty { text += ",\"set\":{\(root.text(of: changed))}" }
        if !parts.isEmpty { text += ",\"fleets\":[\(parts.joined(separator: ","))]" }
        return Self.message("delta", text + "}")
    }

    private mutating func update(_ fleet: FleetView) -> String? {
        guard var known = fleets[fleet.id] else {
            var sections = Sections()
            let keys = sections.replace(Self.sections(fleet))
            fleets[fleet.id] = (sections, fleet.agents)
            return "{\"id\":\(Sections.encode(fleet.id)),\"set\":{\(sections.text(of: keys)),"
                + "\"agents\":\(Self.numbers(fleet.agents))}}"
        }
        let keys = known.sections.replace(Self.sections(fleet))
        let moved = zip(known.agents, fleet.agents).enumerated().filter { $0.element.0 != $0.element.1 }.map {
            "[\($0.offset),\($0.element.1.rawValue)]"
        }
        known.agents = fleet.agents
        fleets[fleet.id] = known
        guard !keys.isEmpty || !moved.isEmpty else { return nil }
        var text = "{\"id\":\(Sections.encode(fleet.id))"
        if !keys.isEmpty { text += ",\"set\":{\(known.sections.text(of: keys))}" }
        if !moved.isEmpty { text += ",\"agents\":[\(moved.joined(separator: ","))]" }
        return text + "}"
    }

    /// The whole state, for who comes new or fell behind. Made once for each state, however many ask.
    package mutating func snapshot() -> [UInt8] {
        if let madeSnapshot { return madeSnapshot }
        encodings += 1
        let parts = order.compactMap { id -> String? in
            guard let fleet = fleets[id] else { return nil }
            return "{\"id\":\(Sections.encode(id)),\"set\":{\(fleet.sections.text),"
                + "\"agents\":\(Self.numbers(fleet.agents))}}"
        }
        let bytes = Self.message(
            "snapshot",
            "{\"seq\":\(sequence),\"now\":\(now),\"set\":{\(root.text)},\"fleets\":[\(parts.joined(separator: ","))]}")
        madeSnapshot = bytes
        return bytes
    }

    private static func sections(_ status: ServiceStatus) -> [(String, any Encodable)] {
        [
            ("service", Service(started: status.started, calendar: status.calendar, paused: status.paused)),
            ("running", status.running), ("next", status.next), ("recent", Array(status.recent.prefix(history))),
            ("budgets", status.budgets), ("validations", status.validations),
        ]
    }

    private static func sections(_ fleet: FleetView) -> [(String, any Encodable)] {
        [
            ("head", fleet.head), ("current", [fleet.isCurrent]), ("figures", fleet.figures), ("faults", fleet.faults),
            ("breakers", fleet.breakers), ("hubs", fleet.hubs), ("registries", fleet.registries),
            ("buffers", fleet.buffers), ("disks", fleet.disks), ("events", fleet.events),
        ]
    }

    private struct Service: Encodable {
        var started: Int64
        var calendar: String
        var paused: String?
    }

    private static func numbers(_ agents: [AgentState]) -> String {
        "[\(agents.map { "\($0.rawValue)" }.joined(separator: ","))]"
    }

    /// As the HTML standard's server-sent events want it; JSON has no line breaks of its own.
    private static func message(_ event: String, _ data: String) -> [UInt8] {
        Array("event: \(event)\ndata: \(data)\n\n".utf8)
    }
}

/// Named JSON values, and which of them changed.
private struct Sections {
    private var keys: [String] = []
    private var values: [String: String] = [:]

    /// The names of those that are not as before.
    mutating func replace(_ new: [(String, any Encodable)]) -> [String] {
        var changed: [String] = []
        for (key, value) in new {
            let text = Self.encode(value)
            guard values[key] != text else { continue }
            if values.updateValue(text, forKey: key) == nil { keys.append(key) }
            changed.append(key)
        }
        return changed
    }

    var text: String { text(of: keys) }

    func text(of keys: [String]) -> String {
        keys.compactMap { key in values[key].map { "\"\(key)\":\($0)" } }.joined(separator: ",")
    }

    static func encode(_ value: any Encodable) -> String {
        let encoder = JSONEncoder()
        // Sorted: the same value must have the same bytes, or it would be sent each time.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A share of nothing has no number; the page shows a dash for null.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("a page section cannot be encoded: \(type(of: value))")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
