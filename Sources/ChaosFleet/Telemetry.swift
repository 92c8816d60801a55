public import ChaosPlan

/// One line of what a fleet's process tells about itself: fields between tabs, first the instant (CLOCK_BOOTTIME, ns).
///
/// Each process appends to a file of its own: the page cache outlives a killed process, and no fault of the network silences it.
public struct TelemetryLine: Hashable, Sendable {
    public enum Fact: Hashable, Sendable {
        case mechanism(MechanismEvent)
        /// A publisher took message `counter` into its buffer; it was acknowledged; nobody knows; it was given up.
        case published(UInt64)
        case acknowledged(UInt64)
        case indeterminate(UInt64)
        case dropped(UInt64)
        /// A look-up of a name ended.
        case lookedUp(asked: Int64, succeeded: Bool)
        /// A hub serves an agent in an epoch.
        case owns(agent: String, hub: String, epoch: UInt32)
        case hub(HubEvent)
        case disk(host: String, used: Share, level: DiskLevel)
        /// Calls that requests needed, and that were sent for them, since this process started.
        case calls(needed: Int, sent: Int)
        /// The most messages that waited in the outbound buffer.
        case bufferHighWater(Int)
        /// The process began: its number and which start of it this is.
        case started(pid: Int32)
    }

    public var time: Int64
    public var fact: Fact

    public init(time: Int64, fact: Fact) {
        self.time = time
        self.fact = fact
    }

    /// With its line end.
    public var text: String {
        let fields: [String] =
            switch fact {
            case .mechanism(let event):
                [
                    "mechanism", event.mechanism.rawValue, event.role.rawValue, event.by, event.about, event.from,
                    event.to,
                ]
            case .published(let counter): ["published", "\(counter)"]
            case .acknowledged(let counter): ["acknowledged", "\(counter)"]
            case .indeterminate(let counter): ["indeterminate", "\(counter)"]
            case .dropped(let counter): ["dropped", "\(counter)"]
            case .lookedUp(let asked, let succeeded): ["looked-up", "\(asked)", succeeded ? "1" : "0"]
            case .owns(let agent, let hub, let epoch): ["owns", agent, hub, "\(epoch)"]
            case .hub(.diverged): ["hub", "diverged"]
            case .hub(.agreed(let conflicts)): ["hub", "agreed", "\(conflicts)"]
            case .hub(.lag(let lag)): ["hub", "lag", "\(lag)"]
            case .disk(let host, let used, let level): ["disk", host, "\(used.partsPerMillion)", level.rawValue]
            case .calls(let needed, let sent): ["calls", "\(needed)", "\(sent)"]
            case .bufferHighWater(let count): ["buffer-high-water", "\(count)"]
            case .started(let pid): ["started", "\(pid)"]
            }
        return "\(time)\t" + fields.joined(separator: "\t") + "\n"
    }

    /// Nil for a line that is none, such as one cut short by the death of its writer.
    public init?(_ line: some StringProtocol) {
        let fields = line.split(separator: "\t" as Character, omittingEmptySubsequences: false).map { String($0) }
        guard fields.count >= 2, let time = Int64(fields[0]),
            let fact = Self.fact(fields[1], Array(fields.dropFirst(2)))
        else { return nil }
        self.init(time: time, fact: fact)
    }

    private static func fact(_ word: String, _ rest: [String]) -> Fact? {
        switch (word, rest.count) {
        case ("mechanism", 6):
            guard let mechanism = Mechanism(rawValue: rest[0]), let role = MechanismEvent.Role(rawValue: rest[1]) else {
                return nil
            }
            return .mechanism(
                MechanismEvent(
                    mechanism: mechanism, role: role, by: rest[2], about: rest[3], from: rest[4], to: rest[5]))
        case ("published", 1): return UInt64(rest[0]).map { .published($0) }
        case ("acknowledged", 1): return UInt64(rest[0]).map { .acknowledged($0) }
        case ("indeterminate", 1): return UInt64(rest[0]).map { .indeterminate($0) }
        case ("dropped", 1): return UInt64(rest[0]).map { .dropped($0) }
        case ("looked-up", 2): return Int64(rest[0]).map { .lookedUp(asked: $0, succeeded: rest[1] == "1") }
        case ("owns", 3): return UInt32(rest[2]).map { .owns(agent: rest[0], hub: rest[1], epoch: $0) }
        case ("hub", 1) where rest[0] == "diverged": return .hub(.diverged)
        case ("hub", 2) where rest[0] == "agreed": return Int(rest[1]).map { .hub(.agreed(conflicts: $0)) }
        case ("hub", 2) where rest[0] == "lag": return Int64(rest[1]).map { .hub(.lag($0)) }
        case ("disk", 3):
            guard let used = Int64(rest[1]), let level = DiskLevel(rawValue: rest[2]) else { return nil }
            return .disk(host: rest[0], used: Share(partsPerMillion: used), level: level)
        case ("calls", 2):
            guard let needed = Int(rest[0]), let sent = Int(rest[1]) else { return nil }
            return .calls(needed: needed, sent: sent)
        case ("buffer-high-water", 1): return Int(rest[0]).map { .bufferHighWater($0) }
        case ("started", 1): return Int32(rest[0]).map { .started(pid: $0) }
        default: return nil
        }
    }
}
