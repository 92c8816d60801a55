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
    /// Of each fault instance, whom it hit.
    private(set) var targets: [[String]]
    private var index: [Reaction: Int] = [:]

    init(instances: Int) {
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
            targets[event.instance] = event.targets
        default: break
        }
    }

    /// What happened here more often than in `other`, in order, with its times; only what lies in `windows` counts.
    ///
    /// A reaction that merely came a little later is not news, so counts are compared first; of a reaction that came more
    /// often, the instants that `other` does not have are taken.
    func news(
        since other: MechanismLog, in windows: [ClosedRange<Nanoseconds>]
    ) -> [(reaction: Reaction, times: [Nanoseconds])] {
        let mine = times(in: windows)
        let theirs = other.times(in: windows)
        return reactions.indices.compactMap { number in
            let before = other.index[reactions[number]].map { theirs[$0] } ?? []
            let surplus = mine[number].count - before.count
            guard surplus > 0 else { return nil }
            let known = Set(before)
            return (reactions[number], Array(mine[number].filter { !known.contains($0) }.prefix(surplus)))
        }
    }

    /// Of each reaction.
    private func times(in windows: [ClosedRange<Nanoseconds>]) -> [[Nanoseconds]] {
        var times: [[Nanoseconds]] = Array(repeating: [], count: reactions.count)
        for entry in entries where windows.contains(where: { $0.contains(entry.time) }) {
            times[entry.reaction].append(entry.time)
        }
        return times
    }
}
