public import ChaosPlan

/// One line of a calendar: what runs, and when.
public struct CalendarEntry: Hashable, Sendable {
    /// What becomes of a run whose time passed while it could not start.
    public enum Missed: Hashable, Sendable {
        case skip
        /// The last of those missed runs when it can.
        case once
        /// The last one runs if it is no more seconds late than this.
        case within(Int64)
    }

    /// How it is known that the fleet is well before a run.
    public enum Preflight: Hashable, Sendable {
        case none
        /// A fleet that is up must have all its processes ready; one that is not is brought up by the run.
        case fleetStatus
        /// A program with its arguments; it must end with 0.
        case command([String])
    }

    public enum Seed: Hashable, Sendable {
        case fixed(UInt64)
        /// Drawn from the entry's name and the due time: another each time, the same when asked again.
        case due
    }

    public var id: String
    /// With its variant, or a file.
    public var scenario: String
    /// `simulated` or `live`.
    public var world: String
    public var cron: CronExpression
    public var zone: ZoneTime
    /// Seconds; a start is up to so much later than it is due.
    public var jitter: Int64
    public var seed: Seed
    /// In place of the scenario's own.
    public var fleet: String?
    public var overrides: [String]
    /// Times of the week in which alone it may run; empty: any time.
    public var hours: [WeeklyWindow]
    public var missed: Missed
    public var rehearses: Bool
    public var preflight: Preflight
    /// A deviated run of it pauses the calendar.
    public var pauses: Bool
    /// Where its runs are written; nil for the service's own folder.
    public var out: String?
    public var isEnabled: Bool

    /// When the run of a due time starts: the same whenever it is asked.
    public func start(ofDue due: Int64) -> Int64 {
        guard jitter > 0 else { return due }
        return due + draw("calendar-jitter", due).uniform(below: jitter + 1)
    }

    public func seed(ofDue due: Int64) -> UInt64 {
        switch seed {
        case .fixed(let seed): seed
        // Short enough to be read out and typed.
        case .due: 1 + draw("calendar-seed", due).uniform(below: UInt64(999_999_999))
        }
    }

    private func draw(_ purpose: String, _ due: Int64) -> Draw {
        Draw(seed: UInt64(bitPattern: due), purpose: .init(purpose), entity: Draw.hash(id))
    }
}

/// Chaos's share of what a fleet may fail in a week.
public struct WeeklyBudget: Hashable, Sendable {
    /// A fleet has one in each world.
    public struct ID: Codable, Hashable, Sendable {
        public var fleet: String
        public var world: String

        public init(fleet: String, world: String) {
            self.fleet = fleet
            self.world = world
        }
    }

    /// As its file names it.
    public var fleet: String
    /// Whose runs are counted.
    public var world: String
    /// What is promised of the fleet; the rest of the whole is its error budget.
    public var availability: Share
    /// Chaos's part of the error budget.
    public var share: Share

    public var id: ID { ID(fleet: fleet, world: world) }

    public static let week: Int64 = 7 * 86_400

    /// Agent-seconds in a week: the error budget is (1 - availability) × agents × 168 h.
    public func allowed(agents: Int) -> Double {
        (1 - availability.fraction) * Double(agents) * Double(Self.week) * share.fraction
    }
}

/// Which runs are kept.
public struct RunRetention: Hashable, Sendable {
    /// Of each scenario, the latest.
    public var runs: Int?
    /// Seconds.
    public var age: Int64?
}
