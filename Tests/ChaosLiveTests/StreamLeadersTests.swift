import ChaosLive
import Testing

@Suite struct StreamLeadersTests {
    @Test("A stream without a leader has not failed over; with the next one it has, from the last that led")
    func election() {
        var leaders = StreamLeaders()
        #expect(leaders.hear("-", of: "events") == nil)
        #expect(leaders.hear("nats-b", of: "events") == nil)
        #expect(leaders.hear("-", of: "events") == nil)
        #expect(leaders["events"] == "nats-b")
        #expect(leaders.hear("nats-c", of: "events") == "nats-b")
        #expect(leaders.hear("nats-c", of: "events") == nil)
    }

    @Test("A leader that comes back as itself has been replaced by nobody, and streams do not mix")
    func back() {
        var leaders = StreamLeaders()
        _ = leaders.hear("nats-a", of: "one")
        _ = leaders.hear("nats-b", of: "two")
        _ = leaders.hear("-", of: "one")
        #expect(leaders.hear("nats-a", of: "one") == nil)
    }
}
