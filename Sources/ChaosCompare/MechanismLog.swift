import ChaosPlan

/// The reactions of one run in order, small enough to hold two of a week's: each reaction's words are kept once.
struct MechanismLog {
    struct Entry: Hashable {
        var time: Nanoseconds
        /// Index into `reactions`.
        var reaction: Int
    }

    private(set) var reactions: [Reaction] = []
    private(set) var entries: [Entry] = []
    /// Of each fault instance.
    private(set) var effective: [Nanoseconds?]
    private(set) var targets: [[String]]
    private var index: [Reaction: Int] = [:]

    init(instances: Int) {
        effective = Array(repeating: nil, count: instances)
        targets = Array(repeating: [], count: instances)
    }

    mutating func consume(_ record: JournalRecord) {
        switch record.event {
        case .mechanism(let event):
            let reaction = Reaction(event)
            let number = index[reaction] ?? reactions.count
            if number == reactions.count {
                reactions.append(reaction)
                index[reaction] = number
            }
            entries.append(Entry(time: record.time, reaction: number))
        case .fault(let event) where event.state == .effective:
            effective[event.instance] = record.time
            targets[event.instance] = event.targets
        default: break
        }
    }

    /// What happened here more often than in `other`, in order, with its times.
    ///
    /// A reaction that merely came a little later is not news, so counts are compared first; of a reaction that came more
    /// often, the instants that `other` does not have are taken.
    func news(since other: MechanismLog) -> [(reaction: Reaction, times: [Nanoseconds])] {
        var theirs: [[Nanoseconds]] = Array(repeating: [], count: reactions.count)
        for entry in other.entries {
            if let mine = index[other.reactions[entry.reaction]] { theirs[mine].append(entry.time) }
        }
        var mine: [[Nanoseconds]] = Array(repeating: [], count: reactions.count)
        for entry in entries { mine[entry.reaction].append(entry.time) }
        return reactions.indices.compactMap { number in
            let surplus = mine[number].count - theirs[number].count
            guard surplus > 0 else { return nil }
            let known = Set(theirs[number])
            return (reactions[number], Array(mine[number].filter { !known.contains($0) }.prefix(surplus)))
        }
    }
}
