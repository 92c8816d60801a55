import ChaosFleet
import ChaosPlan
import Testing

@Suite struct TelemetryTests {
    static let facts: [TelemetryLine.Fact] = [
        .mechanism(
            MechanismEvent(
                mechanism: .hubFailover, role: .detect, by: "TutorAgent", about: "EdgeHub", from: "on-primary",
                to: "switching")),
        .published(7), .acknowledged(7), .indeterminate(8), .dropped(9), .lookedUp(asked: 5, succeeded: false),
        .owns(agent: "TutorAgent", hub: "EdgeHub", epoch: 3), .hub(.diverged), .hub(.agreed(conflicts: 2)),
        .hub(.lag(.second)), .disk(host: "PC2", used: Share(partsPerMillion: 910_000), level: .act),
        .calls(needed: 10, sent: 12), .bufferHighWater(99), .started(pid: 4),
    ]

    @Test("a line of telemetry is read back as it was written", arguments: facts)
    func roundTrip(fact: TelemetryLine.Fact) throws {
        let line = TelemetryLine(time: 1_234_567_890_123, fact: fact)
        #expect(TelemetryLine(line.text.dropLast()) == line)
    }

    @Test("a line cut short by its writer's death is no line", arguments: facts)
    func cutShort(fact: TelemetryLine.Fact) {
        let text = TelemetryLine(time: 1, fact: fact).text
        let cut = text[..<(text.lastIndex(of: "\t") ?? text.startIndex)]
        #expect(TelemetryLine(cut) != TelemetryLine(time: 1, fact: fact))
    }
}
