import ChaosResilience
import Testing

@Suite struct OwnershipRegistryTests {
    @Test func `hubs mint ascending epochs that no other hub can mint`() {
        var first = OwnershipRegistry(agents: 1, hub: 0, hubCount: 3)
        #expect(first.claim(agent: 0, hub: 0, now: 0) == 3)
        #expect(first.claim(agent: 0, hub: 1, now: 0) == 4)
        #expect(first.claim(agent: 0, hub: 1, now: 0) == 7)
        #expect(first.claim(agent: 0, hub: 2, now: 0) == 8)
        #expect(first.claim(agent: 0, hub: 0, now: 0) == 9)
    }

    @Test func `a claim with an epoch that is not greater than the known one is refused`() {
        var registry = OwnershipRegistry(agents: 1, hub: 0, hubCount: 2)
        #expect(registry.claim(agent: 0, hub: 1, epoch: 5, now: 0) == true)
        #expect(registry.claim(agent: 0, hub: 0, epoch: 5, now: 1) == false)
        #expect(registry.claim(agent: 0, hub: 0, epoch: 4, now: 1) == false)
        #expect(registry[0].owner == 1)
        #expect(registry.claim(agent: 0, hub: 0, epoch: 6, now: 1) == true)
        #expect(registry[0].owner == 0)
    }

    @Test func `beats of an overruled owner are fenced off, beats of the present one bump the version`() {
        var registry = OwnershipRegistry(agents: 2, hub: 0, hubCount: 2)
        let old = registry.claim(agent: 1, hub: 0, now: 0)
        #expect(registry.beat(agent: 1, hub: 0, epoch: old, health: 90, now: 1 * s) == .accepted)
        #expect(registry[1].version == 2 && registry[1].health == 90 && registry[1].updatedAt == 1 * s)
        let new = registry.claim(agent: 1, hub: 1, now: 2 * s)
        #expect(registry.beat(agent: 1, hub: 0, epoch: old, health: 10, now: 3 * s) == .fenced)
        #expect(registry.beat(agent: 1, hub: 0, epoch: new, health: 10, now: 3 * s) == .fenced)
        #expect(registry.beat(agent: 1, hub: 1, epoch: new + 2, health: 10, now: 3 * s) == .ahead)
        #expect(registry[1].health == 90 && registry[1].version == 3)
    }

    @Test func `a partition in which both hubs claim the same agent is one conflict and ends in agreement`() {
        var main = OwnershipRegistry(agents: 3, hub: 0, hubCount: 2)
        var edge = OwnershipRegistry(agents: 3, hub: 1, hubCount: 2)
        for agent in 0..<3 { _ = main.claim(agent: agent, hub: 0, now: 0) }
        #expect(edge.merge(from: main) == .init(updated: 3, conflicts: 0, lag: 0))
        #expect(main.digest == edge.digest)

        let mainEpoch = main.claim(agent: 0, hub: 0, now: 10 * s)
        let edgeEpoch = edge.claim(agent: 0, hub: 1, now: 11 * s)
        #expect(mainEpoch == 4 && edgeEpoch == 3)
        main.beat(agent: 1, hub: 0, epoch: 2, health: 7, now: 14 * s)
        #expect(main.differences(from: edge) == 2)
        #expect(main.digest != edge.digest)

        // Agent 0 conflicts, agent 1 merely lags.
        let before = main
        #expect(main.merge(from: edge) == .init(updated: 0, conflicts: 1, lag: 0))
        #expect(edge.merge(from: before) == .init(updated: 2, conflicts: 1, lag: 14 * s))
        #expect(main.differences(from: edge) == 0 && main.digest == edge.digest)
        #expect(main[0].owner == 0 && main[0].epoch == 4)
        #expect(main.merge(from: edge) == .init())
    }

    @Test func `changes made with knowledge of each other are no conflict`() {
        var main = OwnershipRegistry(agents: 1, hub: 0, hubCount: 2)
        var edge = OwnershipRegistry(agents: 1, hub: 1, hubCount: 2)
        var conflicts = 0
        for round: Int64 in 0..<20 {
            _ = main.claim(agent: 0, hub: 0, now: round * s)
            conflicts += edge.merge(from: main).conflicts
            let epoch = edge.claim(agent: 0, hub: 1, now: round * s)
            edge.beat(agent: 0, hub: 1, epoch: epoch, health: 1, now: round * s)
            conflicts += main.merge(from: edge).conflicts
        }
        #expect(conflicts == 0)
    }

    /// Three replicas that have lived through random claims, beats and partial merges.
    static func replicas(seed: UInt64) -> [OwnershipRegistry] {
        var random = Random(seed: seed)
        var replicas = (0..<3).map { OwnershipRegistry(agents: 6, hub: UInt8($0), hubCount: 3) }
        for step: Int64 in 0..<60 {
            let at = random.below(3)
            let agent = random.below(6)
            switch random.below(8) {
            case 0:
                let other = replicas[random.below(3)]
                replicas[at].merge(from: other)
            case 1, 2:
                _ = replicas[at].claim(agent: agent, hub: UInt8(at), now: step)
            default:
                // At any replica, so that two may bump the same version of the same epoch.
                let known = replicas[at][agent]
                guard known.epoch > 0 else { continue }
                let health = UInt8(random.below(100))
                replicas[at].beat(
                    agent: agent,
                    hub: known.owner,
                    epoch: known.epoch,
                    health: health,
                    now: step
                )
            }
        }
        return replicas
    }

    static func merged(_ left: OwnershipRegistry, _ right: OwnershipRegistry) -> OwnershipRegistry {
        var result = left
        result.merge(from: right)
        return result
    }

    @Test func `merging is commutative, associative and idempotent`() {
        var differing = 0
        for seed: UInt64 in 0..<200 {
            let replicas = Self.replicas(seed: seed)
            let (a, b, c) = (replicas[0], replicas[1], replicas[2])
            differing += a.differences(from: b)
            let ab = Self.merged(a, b)
            let ba = Self.merged(b, a)
            #expect(ab.differences(from: ba) == 0 && ab.digest == ba.digest, "seed \(seed)")
            let left = Self.merged(ab, c)
            // Equal as a whole, version vectors included: both are kept by hub 0.
            #expect(left == Self.merged(a, Self.merged(b, c)), "seed \(seed)")
            #expect(Self.merged(a, a) == a, "seed \(seed)")
            #expect(Self.merged(ab, b) == ab, "seed \(seed)")
            var again = left
            #expect(again.merge(from: c) == .init(updated: 0, conflicts: 0, lag: 0), "seed \(seed)")
        }
        #expect(differing > 200, "the sequences hardly made the replicas differ")
    }

    @Test func `no two owners ever hold an agent in the same epoch`() {
        for seed: UInt64 in 0..<200 {
            for replica in Self.replicas(seed: seed) {
                for agent in 0..<6 where replica[agent].epoch > 0 {
                    #expect(replica[agent].epoch % 3 == UInt32(replica[agent].owner), "seed \(seed)")
                }
            }
        }
    }
}
