extension OwnershipRegistry {
    /// Numbers from elsewhere are taken only below this, so that counting on from them cannot overflow.
    public static var epochLimit: UInt32 { 1 << 31 }

    /// The whole replica as text, for another hub to merge: a line of numbers per agent that anybody ever claimed.
    public var exchanged: String {
        var text = ""
        for agent in 0..<count where entries[agent] != OwnershipEntry() {
            let entry = entries[agent]
            text += "\(agent) \(entry.epoch) \(entry.version) \(entry.owner) \(entry.health) \(entry.updatedAt)"
            for slot in agent * hubCount..<(agent + 1) * hubCount { text += " \(changes[slot])" }
            text += "\n"
        }
        return text
    }

    /// Another hub's replica from its text; nil unless it is one of the same fleet, whole and well-formed.
    public init?(exchanged text: some StringProtocol, agents: Int, hub: UInt8, hubCount: Int) {
        self.init(agents: agents, hub: hub, hubCount: hubCount)
        for line in text.split(separator: "\n" as Character) {
            let words = line.split(separator: " " as Character)
            guard words.count == 6 + hubCount, let agent = Int(words[0]), (0..<agents).contains(agent),
                let epoch = UInt32(words[1]), epoch < Self.epochLimit, let version = UInt32(words[2]),
                version < Self.epochLimit, let owner = UInt8(words[3]),
                owner < hubCount || owner == OwnershipEntry.unowned, let health = UInt8(words[4]),
                let updatedAt = Nanoseconds(words[5])
            else { return nil }
            var entry = OwnershipEntry()
            entry.epoch = epoch
            entry.version = version
            entry.owner = owner
            entry.health = health
            entry.updatedAt = updatedAt
            entries[agent] = entry
            for (slot, word) in words.dropFirst(6).enumerated() {
                guard let count = UInt32(word), count < Self.epochLimit else { return nil }
                changes[agent * hubCount + slot] = count
            }
        }
    }
}
