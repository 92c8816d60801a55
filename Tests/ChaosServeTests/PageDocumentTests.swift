import ChaosPlan
import ChaosServe
import ChaosService
import Foundation
import NIOCore
import Testing

/// What the page's script does with messages, written again.
struct ModelPage {
    var root: [String: any Sendable] = [:]
    var fleets: [String: [String: any Sendable]] = [:]
    var sequence = -1

    /// False when a message was missed.
    mutating func take(_ bytes: [UInt8]) throws -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        try #require(text.hasSuffix("\n\n") && text.filter { $0 == "\n" }.count == 3)
        let lines = text.split(separator: "\n")
        let isWhole = lines[0] == "event: snapshot"
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(lines[1].dropFirst("data: ".count).utf8)) as? [String: Any])
        let number = try #require(json["seq"] as? Int)
        guard isWhole || number == sequence + 1 else { return false }
        sequence = number
        if isWhole {
            root = [:]
            fleets = [:]
        }
        for (key, value) in json["set"] as? [String: Any] ?? [:] { root[key] = try Self.text(value) }
        for part in json["fleets"] as? [[String: Any]] ?? [] {
            let id = try #require(part["id"] as? String)
            var fleet = fleets[id] ?? [:]
            for (key, value) in part["set"] as? [String: Any] ?? [:] where key != "agents" {
                fleet[key] = try Self.text(value)
            }
            if let all = (part["set"] as? [String: Any])?["agents"] as? [Int] { fleet["agents"] = all }
            for pair in part["agents"] as? [[Int]] ?? [] {
                var agents = try #require(fleet["agents"] as? [Int])
                agents[pair[0]] = pair[1]
                fleet["agents"] = agents
            }
            fleets[id] = fleet
        }
        if let order = (json["set"] as? [String: Any])?["order"] as? [String] {
            fleets = fleets.filter { order.contains($0.key) }
        }
        return true
    }

    /// The same for equal values.
    private static func text(_ value: Any) throws -> String {
        let data = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
        return String(decoding: data, as: UTF8.self)
    }

    var text: String {
        let parts = fleets.sorted { $0.key < $1.key }.map { id, fleet in
            id + fleet.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
        }
        return root.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";") + parts.joined()
    }
}

@Suite struct PageDocumentTests {
    /// A state drawn from a seed, near the one before.
    private struct Source {
        var random: SplitMix
        var fleet = FleetState(header: Journals.header)
        var status = ServiceStatus(now: 1_800_000_000, started: 1_800_000_000, calendar: "c.yaml")
        var time: Nanoseconds = 0
        var always: Bool

        /// `always`: no two states in a row are equal.
        init(seed: UInt64, always: Bool = false) {
            random = SplitMix(state: seed)
            self.always = always
        }

        mutating func next() -> PageState {
            status.now += 1
            time += .second
            for _ in 0..<random.below(4) {
                let agent = random.below(4)
                switch random.below(4) {
                case 0: apply(.availability(subject: agent, up: random.below(2) == 0))
                case 1:
                    apply(
                        Journals.mechanism(
                            .buffer, .change, by: "A\(1 + agent % 2)", to: random.below(2) == 0 ? "buffering" : "idle"))
                case 2:
                    apply(
                        Journals.mechanism(
                            .breaker, .detect, by: "A1>B\(agent)", to: random.below(2) == 0 ? "open" : "closed"))
                default: apply(Journals.window(requests: 10, succeeded: random.below(11)))
                }
            }
            if always { status.calendar = "\(status.now).yaml" }
            if random.below(6) == 0 { status.paused = status.paused == nil ? "a \"deviated\" run\n" : nil }
            if random.below(6) == 0 {
                status.budgets = [.init(fleet: "f", spent: Double(random.below(100)), allowed: 100, until: 0)]
            }
            let view = FleetView(id: "run/1", isCurrent: true, state: fleet, hubs: ["EdgeHub"], trouble: nil)
            return PageState(status: status, fleets: [view])
        }

        private mutating func apply(_ event: JournalEvent) {
            fleet.apply(JournalRecord(time: time, event: event))
        }
    }

    @Test("Deltas applied to a snapshot give the snapshot of the later state, over random states", arguments: 0..<20)
    func deltasAddUp(seed: UInt64) throws {
        var source = Source(seed: seed)
        var document = PageDocument()
        var page = ModelPage()
        _ = document.update(source.next())
        _ = try page.take(document.snapshot())
        for step in 0..<60 {
            if let delta = document.update(source.next()) {
                #expect(try page.take(delta), "seed \(seed), step \(step): the sequence has a gap")
            }
            var fresh = ModelPage()
            _ = try fresh.take(document.snapshot())
            #expect(page.text == fresh.text, "seed \(seed), step \(step)")
        }
    }

    @Test("Where nothing changes nothing is sent, but for a sign of life every five seconds")
    func silence() {
        var status = ServiceStatus(now: 100, started: 100, calendar: "c.yaml")
        var document = PageDocument()
        var sent: [Int64] = []
        for now in Int64(100)..<120 {
            status.now = now
            if document.update(PageState(status: status, fleets: [])) != nil { sent.append(now) }
        }
        #expect(sent == [100, 105, 110, 115])
    }

    @Test("Twenty viewers cost as many messages as one", arguments: [1, 20])
    func encodedOnce(viewers: Int) async throws {
        let broadcaster = Broadcaster()
        var source = Source(seed: 5, always: true)
        broadcaster.publish(source.next())
        var pages: [(viewer: Viewer, model: ModelPage)] = []
        for _ in 0..<viewers { pages.append((try #require(broadcaster.join {}), ModelPage())) }
        for round in 0..<30 {
            if round > 0 { broadcaster.publish(source.next()) }
            for index in pages.indices {
                let message = try #require(await pages[index].viewer.next())
                #expect(try pages[index].model.take(Array(message.readableBytesView)))
            }
        }
        // The first state, one snapshot for all who came, and a delta a round.
        #expect(broadcaster.encodings == 1 + 1 + 29)
        #expect(Set(pages.map(\.model.text)).count == 1)
    }

    @Test("A slow viewer gets the whole state instead of what it missed; one who reads nothing is let go; nobody waits")
    func slowViewers() async throws {
        let broadcaster = Broadcaster()
        var source = Source(seed: 9, always: true)
        broadcaster.publish(source.next())
        let gone = Flag()
        let slow = try #require(broadcaster.join {})
        _ = try #require(broadcaster.join { gone.raise() })
        var page = ModelPage()
        _ = try page.take(Array(try #require(await slow.next()).readableBytesView))
        for _ in 0..<(Viewer.patience + 3) { broadcaster.publish(source.next()) }
        // Too many to keep: what waits begins with a snapshot, and nothing is missing after it.
        while broadcaster.viewerCount > 0 {
            let message = try #require(await slow.next())
            #expect(try page.take(Array(message.readableBytesView)))
            var fresh = ModelPage()
            let new = try #require(broadcaster.join {})
            _ = try fresh.take(Array(try #require(await new.next()).readableBytesView))
            new.finish()
            if page.sequence == fresh.sequence {
                #expect(page.text == fresh.text)
                break
            }
        }
        for _ in 0..<Viewer.limit { broadcaster.publish(source.next()) }
        #expect(gone.isRaised)
        broadcaster.close()
        #expect(broadcaster.join {} == nil)
    }
}

/// Deterministic and small.
struct SplitMix {
    var state: UInt64

    mutating func below(_ count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((word ^ (word >> 31)) % UInt64(count))
    }
}
