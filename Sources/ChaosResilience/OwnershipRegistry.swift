/// One hub's replica of who owns which agent, kept through partitions and merged afterwards.
///
/// Epochs are fencing tokens. A hub mints the next number above the known epoch that is congruent to its own
/// index modulo the number of hubs, so two hubs cut off from each other can claim the same agent but never in the
/// same epoch, and everything an overruled owner still sends is recognisable by its token.
///
/// The replica is a join semilattice: merging takes the greater entry per agent, whence replicas agree whatever
/// the order and number of merges. Beside each entry lies a version vector (changes made per hub). It tells a
/// real conflict, changes on both sides without knowledge of each other, from mere lag.
public struct OwnershipRegistry: Sendable, Equatable {
    /// What became of an agent's beat.
    public enum BeatResult: UInt8, Sendable {
        /// Taken over; the version was bumped.
        case accepted
        /// The epoch is not that of the present owner's claim: the sender was overruled and must stop.
        case fenced
        /// The epoch is newer than anything this replica knows: merge first.
        case ahead
    }

    /// What a merge did.
    public struct MergeResult: Sendable, Equatable {
        /// Entries replaced by the other replica's.
        public var updated = 0
        /// Entries that both sides had changed since they last agreed; one of the two changes is lost.
        public var conflicts = 0
        /// The greatest span by which a replaced entry was behind the one that replaced it. Entries that were
        /// unknown here do not count: they were behind nothing.
        public var lag: Nanoseconds = 0

        /// A result; by default that of a merge which found nothing new.
        public init(updated: Int = 0, conflicts: Int = 0, lag: Nanoseconds = 0) {
            self.updated = updated
            self.conflicts = conflicts
            self.lag = lag
        }
    }

    /// This replica's hub.
    public let hub: UInt8
    /// How many hubs share the fleet.
    public let hubCount: Int
    @usableFromInline var entries: [OwnershipEntry]
    /// Changes made at each hub, `hubCount` numbers per agent.
    @usableFromInline var changes: [UInt32]

    /// An empty replica for agents 0 ..< `agents`, kept by hub number `hub` of `hubCount`.
    public init(agents: Int, hub: UInt8, hubCount: Int) {
        precondition((1...255).contains(hubCount), "hubCount must lie in 1...255")
        precondition(hub < hubCount, "hub must lie below hubCount")
        precondition(agents >= 0, "agents must not be negative")
        self.hub = hub
        self.hubCount = hubCount
        entries = [OwnershipEntry](repeating: OwnershipEntry(), count: agents)
        changes = [UInt32](repeating: 0, count: agents * hubCount)
    }

    /// The number of agents.
    @inlinable
    public var count: Int { entries.count }

    /// What is known of an agent.
    @inlinable
    public subscript(agent: Int) -> OwnershipEntry { entries[agent] }

    /// Claims an agent for a hub in a freshly minted epoch, and returns the epoch.
    ///
    /// The claim is fenced off by any higher one that a merge brings in.
    public mutating func claim(agent: Int, hub owner: UInt8, now: Nanoseconds) -> UInt32 {
        precondition(owner < hubCount, "no such hub")
        let next = entries[agent].epoch + 1
        let step = UInt32(hubCount)
        let epoch = next + (UInt32(owner) + step - next % step) % step
        let accepted = claim(agent: agent, hub: owner, epoch: epoch, now: now)
        assert(accepted, "a minted epoch exceeds the known one")
        return epoch
    }

    /// Takes over a claim made elsewhere; refused unless its epoch exceeds the known one.
    @discardableResult
    public mutating func claim(agent: Int, hub owner: UInt8, epoch: UInt32, now: Nanoseconds) -> Bool {
        precondition(owner < hubCount, "no such hub")
        guard epoch > entries[agent].epoch else { return false }
        entries[agent].epoch = epoch
        entries[agent].owner = owner
        touch(agent, now: now)
        return true
    }

    /// Takes in an agent's beat, sent to `hub` in `epoch`.
    @inlinable
    @discardableResult
    public mutating func beat(
        agent: Int,
        hub owner: UInt8,
        epoch: UInt32,
        health: UInt8,
        now: Nanoseconds
    ) -> BeatResult {
        let known = entries[agent].epoch
        guard epoch == known, owner == entries[agent].owner else { return epoch > known ? .ahead : .fenced }
        entries[agent].health = health
        touch(agent, now: now)
        return .accepted
    }

    /// Takes in everything the other replica knows. One way: the other side merges on its own.
    @discardableResult
    public mutating func merge(from other: OwnershipRegistry) -> MergeResult {
        precondition(other.count == count && other.hubCount == hubCount, "replicas of different fleets")
        var result = MergeResult()
        for agent in 0..<count {
            var oursAhead = false
            var theirsAhead = false
            for slot in agent * hubCount..<(agent + 1) * hubCount {
                if changes[slot] > other.changes[slot] { oursAhead = true }
                if changes[slot] < other.changes[slot] {
                    theirsAhead = true
                    changes[slot] = other.changes[slot]
                }
            }
            if oursAhead && theirsAhead { result.conflicts += 1 }
            let theirs = other.entries[agent]
            guard theirs.prevails(over: entries[agent]) else { continue }
            result.updated += 1
            if entries[agent].version > 0 {
                result.lag = max(result.lag, theirs.updatedAt - entries[agent].updatedAt)
            }
            entries[agent] = theirs
        }
        return result
    }

    /// How many agents the two replicas hold different entries for.
    public func differences(from other: OwnershipRegistry) -> Int {
        precondition(other.count == count, "replicas of different fleets")
        var differing = 0
        for agent in 0..<count where entries[agent] != other.entries[agent] { differing += 1 }
        return differing
    }

    /// A hash of all entries, for two hubs to compare instead of sending everything.
    public var digest: UInt64 {
        var digest: UInt64 = 0x9E37_79B9_7F4A_7C15
        func mix(_ word: UInt64) {
            digest = (digest ^ word) &* 0xBF58_476D_1CE4_E5B9
            digest ^= digest >> 31
        }
        for entry in entries {
            mix(UInt64(entry.epoch) << 32 | UInt64(entry.version))
            mix(UInt64(entry.owner) << 8 | UInt64(entry.health))
            mix(UInt64(bitPattern: entry.updatedAt))
        }
        return digest
    }

    @usableFromInline
    mutating func touch(_ agent: Int, now: Nanoseconds) {
        entries[agent].version += 1
        entries[agent].updatedAt = now
        changes[agent * hubCount + Int(hub)] += 1
    }
}
