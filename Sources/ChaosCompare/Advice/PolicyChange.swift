public import ChaosPlan
import ChaosScore

/// One thing to do differently: a value of the fleet put in another's place, or a few that only make sense together.
public struct PolicyChange: Hashable, Sendable {
    /// What it takes to do it, the easiest first: that is the order in which changes of equal effect are preferred.
    public enum Nature: String, CaseIterable, Hashable, Comparable, Sendable {
        /// A number in a configuration file.
        case setting
        /// More of something that somebody pays for: workers, queues, buffers, a standby. The simulator does not charge for it.
        case capacity
        /// A program has to become this fast; no configuration makes it so.
        case speed
        /// Clients' patience: what is measured changes with it.
        case client

        public static func < (a: Nature, b: Nature) -> Bool {
            allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
        }

        /// What the sentence has to add; empty for a plain setting.
        var caution: String {
            switch self {
            case .setting: ""
            case .capacity: "what this capacity costs is not simulated"
            case .speed: "a speed to be reached, not a setting"
            case .client: "clients would have to wait for it"
            }
        }
    }

    public struct Setting: Hashable, Sendable {
        /// As `--set` takes it.
        public var path: String
        /// As written, with units.
        /// Empty where it is not known: a word, or what the file leaves out.
        public var from: String
        public var to: String
        /// Of the old value, where it is a number.
        public var source: Parameter.Source?

        public init(path: String, from: String, to: String, source: Parameter.Source? = nil) {
            self.path = path
            self.from = from
            self.to = to
            self.source = source
        }
    }

    /// The dial that is turned, in words.
    public var lever: String
    public var nature: Nature
    public var settings: [Setting]
    /// How many times larger or smaller the value becomes that changes most, at least 1; of a word that is exchanged, 10.
    public var factor: Double

    public init(lever: String, nature: Nature, settings: [Setting], factor: Double) {
        precondition(!settings.isEmpty, "a change changes something")
        self.lever = lever
        self.nature = nature
        self.settings = settings
        self.factor = factor
    }

    /// Whether it changes less: by a smaller factor, and of equal ones in fewer places.
    func isSmaller(than other: PolicyChange) -> Bool {
        (factor, settings.count) < (other.factor, other.settings.count)
    }

    /// What is preferred of changes that do the same.
    func isEasier(than other: PolicyChange) -> Bool {
        (nature, promised.count) == (other.nature, other.promised.count)
            ? isSmaller(than: other) : (nature, promised.count) < (other.nature, other.promised.count)
    }

    /// As `--set` takes them.
    public var overrides: [String] { settings.map { "\($0.path)=\($0.to)" } }

    /// Paths of values that the fleet promises as they are.
    public var promised: [String] { settings.filter { $0.source == .promise }.map(\.path) }

    /// `hub-failover detect-after 5 s → 2 s`; of several settings what their names share is said once.
    public var words: String {
        let names = settings.map { Self.name($0.path) }
        var shared = 0
        if names.count > 1 {
            let shortest = names.map(\.count).min()! - 1
            while shared < shortest, Set(names.map { $0[shared] }).count == 1 { shared += 1 }
        }
        let parts = zip(settings, names).map { setting, name in
            let from = setting.from.isEmpty ? "" : Self.value(setting.from) + " "
            return "\(name[shared...].joined(separator: " ")) \(from)→ \(Self.value(setting.to))"
        }
        let head = names[0][..<shared].joined(separator: " ")
        return (head.isEmpty ? "" : head + " ") + parts.joined(separator: ", ")
    }

    /// A path without what every path begins with, in words.
    private static func name(_ path: String) -> [String] {
        var words = path.split(whereSeparator: { ".[]".contains($0) }).map(String.init)
        while words.count > 1, ["fleet", "policies"].contains(words[0]) { words.removeFirst() }
        if words.count > 2, words[0] == "call-classes" { words[0...1] = ["\(words[1])-call"] }
        return words
    }

    /// A value as people read it: `22.5 s`, `8 MiB`, `10 %`.
    static func value(_ text: String) -> String {
        guard let (value, kind) = ScalarText.quantity(of: text) else { return text }
        switch kind {
        case .duration:
            let units: [(String, Nanoseconds)] = [
                ("h", .hour), ("min", .minute), ("s", .second), ("ms", .millisecond), ("µs", .microsecond),
            ]
            // Two minutes at least before seconds become minutes, as everywhere.
            let unit =
                units.first { value >= ($0.1 >= .minute ? 2 * $0.1 : $0.1) } ?? (value == 0 ? units[2] : units[4])
            return "\(Quantity.decimal(Double(value) / Double(unit.1), places: 3)) \(unit.0)"
        case .share: return "\(Quantity.decimal(Double(value) / 10_000, places: 4)) %"
        case .size, .byteRate:
            let shown = ScalarText.show(value, kind)
            let digits = shown.prefix { $0.isNumber }
            return "\(digits) \(shown.dropFirst(digits.count))"
        default: return text
        }
    }
}
