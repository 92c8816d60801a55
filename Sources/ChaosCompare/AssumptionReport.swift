public import ChaosScore

/// How much of a scenario's verdict rests on numbers that nobody has measured.
public struct AssumptionReport: Sendable {
    /// One objective whose judgement is another one than under the assumed value.
    public struct Flip: Hashable, Sendable {
        public var objective: String
        public var from: Judgement
        public var to: Judgement
        /// With which it flips like this.
        public var seeds: [UInt64]
    }

    /// A parameter at one end of its range.
    public struct Setting: Hashable, Sendable {
        public enum End: String, CaseIterable, Hashable, Sendable { case low, high }

        public var end: End
        /// As written, with its unit.
        public var value: String
        public var flips: [Flip]
        /// Some seed's journal is another one.
        public var changedJournal: Bool
        /// Why it could not be run: the fleet is impossible with this value, or the world failed.
        public var failure: String?
    }

    public struct Entry: Hashable, Sendable {
        /// As `--set` takes it.
        public var path: String
        /// As assumed.
        public var value: String
        public var settings: [Setting]

        public var flips: [Flip] { settings.flatMap(\.flips) }
        /// At both ends every journal is the same as before.
        public var isWithoutEffect: Bool {
            !settings.isEmpty && settings.allSatisfy { $0.failure == nil && !$0.changedJournal }
        }
    }

    public var scenario: String
    public var seeds: [UInt64]
    /// Ids, in file order.
    public var objectives: [String]
    /// Every assumed parameter, in file order.
    public var entries: [Entry]
    /// Why the scenario as it stands could not be run; then there are no entries.
    public var failure: String?

    /// Objectives that flip somewhere within the assumed ranges, in file order.
    public var flipping: [String] {
        let flipped = Set(entries.flatMap(\.flips).map(\.objective))
        return objectives.filter(flipped.contains)
    }

    /// Paths of parameters that change no journal.
    public var withoutEffect: [String] { entries.filter(\.isWithoutEffect).map(\.path) }

    /// For the terminal.
    public var text: String {
        let runs = "\(seeds.count) \(seeds.count == 1 ? "seed" : "seeds")"
        if let failure { return "\(scenario): \(failure)\n" }
        var lines = [
            "\(scenario), \(runs): objectives that flip within the ranges of \(entries.count) assumed parameters: "
                + "\(flipping.count) of \(objectives.count)"
        ]
        for entry in entries {
            for setting in entry.settings {
                let title = "  \(entry.path) at \(setting.value) instead of \(entry.value): "
                if let failure = setting.failure { lines.append(title + failure) }
                for flip in setting.flips {
                    lines.append(
                        title + "\(flip.objective) is \(flip.to.rawValue) instead of \(flip.from.rawValue)"
                            + (seeds.count == 1 ? "" : " in \(flip.seeds.count) of \(seeds.count) seeds"))
                }
            }
        }
        if !withoutEffect.isEmpty {
            lines.append("  without any effect here: \(withoutEffect.count)")
            lines += withoutEffect.map { "    \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
