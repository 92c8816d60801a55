import ChaosResilience
import Testing

@Suite struct OwnershipExchangeTests {
    private func registry() -> OwnershipRegistry {
        var registry = OwnershipRegistry(agents: 5, hub: 0, hubCount: 2)
        for agent in [0, 3] { _ = registry.claim(agent: agent, hub: 0, now: 1_000 + Nanoseconds(agent)) }
        registry.beat(agent: 3, hub: 0, epoch: registry[3].epoch, health: 1, now: 2_000)
        return registry
    }

    @Test("A replica sent as text and merged is the replica merged")
    func roundTrip() throws {
        let sent = registry()
        let received = try #require(OwnershipRegistry(exchanged: sent.exchanged, agents: 5, hub: 0, hubCount: 2))
        #expect(received == sent)
        var direct = OwnershipRegistry(agents: 5, hub: 1, hubCount: 2)
        _ = direct.claim(agent: 3, hub: 1, now: 1_500)
        var byText = direct
        #expect(direct.merge(from: sent) == byText.merge(from: received))
        #expect(direct == byText)
    }

    @Test("Nothing known is an empty text")
    func empty() throws {
        let empty = OwnershipRegistry(agents: 5, hub: 1, hubCount: 2)
        #expect(empty.exchanged == "")
        #expect(OwnershipRegistry(exchanged: "", agents: 5, hub: 1, hubCount: 2) == empty)
    }

    @Test(
        "A text that is none of this fleet's is refused",
        arguments: [
            "5 1 1 0 1 0 1 0\n", "-1 1 1 0 1 0 1 0\n", "0 1 1 2 1 0 1 0\n", "0 1 1 0 1 0 1\n", "0 1 1 0 1 0 1 0 0\n",
            "0 x 1 0 1 0 1 0\n", "0 4294967295 1 0 1 0 1 0\n", "0 1 2147483648 0 1 0 1 0\n", "words\n",
        ])
    func refused(text: String) {
        #expect(OwnershipRegistry(exchanged: text, agents: 5, hub: 0, hubCount: 2) == nil)
    }
}
