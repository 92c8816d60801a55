public import ChaosPlan

/// What a page draws of a run: everything over time, down-sampled so that its size does not depend on the run's length.
///
/// Each bin keeps its **worst** value beside its mean, because a three-second outage in a week must not average away.
public struct Timeline: Sendable {
    /// Bins of the lines.
    public static let pointCount = 800
    /// Cells of one row of the heat map and of one lane of marks.
    public static let cellCount = 400

    /// Of the time axis: the planned end of the run.
    public var end: Nanoseconds
    /// How far the journal reaches; less than `end` after an abort.
    public var observed: Nanoseconds
    public var pointWidth: Nanoseconds
    public var cellWidth: Nanoseconds
    /// Share of chains up per bin; nil beyond `observed`.
    public var uptime: [Uptime?] = []
    /// Worst success ratio of any second in the bin; nil where nothing is known.
    public var success: [Double?] = []
    /// At most `pointCount`, ascending.
    public var latency: [Latency] = []
    public var phases: [PhaseStart] = []
    /// One per instance of the header that was commanded at all.
    public var faults: [FaultBand] = []
    public var lanes: [MechanismLane] = []
    /// The first ones, in full; `transitionCount` says how many there were.
    public var transitions: [Transition] = []
    public var transitionCount = 0
    /// One per subject, ordered by host, then group, then name.
    public var rows: [HeatRow] = []
    public var violations: [Violation] = []
    public var violationCount = 0
    public var disks: [DiskLane] = []
    /// How busy hosts were, in their order, and last the machine that the harness ran on; empty for a simulated run.
    public var loads: [LoadLane] = []
    /// While the hubs' registries differed; an open end means to the end of the run.
    public var diverged: [Span] = []
    public var abort: Violation?
    public var interrupted: Nanoseconds?
    /// For a closer look than the bins allow.
    public var detail = Detail()

    public struct Uptime: Hashable, Sendable {
        public var mean: Double
        public var min: Double
    }

    /// Of one window, or the worst of several that fall into one bin, quantile by quantile.
    public struct Latency: Hashable, Sendable {
        public var start: Nanoseconds
        public var length: Nanoseconds
        public var requests: Int
        public var success: Double
        public var p50: Nanoseconds?
        public var p95: Nanoseconds?
        public var p99: Nanoseconds?
    }

    public struct PhaseStart: Hashable, Sendable {
        public var phase: Phase
        public var start: Nanoseconds
    }

    public struct FaultBand: Hashable, Sendable {
        /// Index into the header's `faults`.
        public var instance: Int
        public var commanded: Nanoseconds?
        public var effective: Nanoseconds?
        public var reverted: Nanoseconds?
        /// `failed` or `skipped`, where that was its end.
        public var ended: FaultEvent.State?
        /// First of its targets and how many more.
        public var targets: [String]
        public var subjects: [Int]
    }

    /// One mechanism's transitions, counted per cell and role.
    public struct MechanismLane: Hashable, Sendable {
        public var mechanism: Mechanism
        public var total: Int
        public var cells: [MechanismEvent.Role: [Int]]
    }

    public struct Transition: Hashable, Sendable {
        public var time: Nanoseconds
        public var event: MechanismEvent
    }

    /// One client chain's downtime, as the share of each cell that it was down.
    public struct HeatRow: Hashable, Sendable {
        public var subject: Int
        public var down: [Float]
        public var total: Nanoseconds
        public var outages: Int
    }

    public struct Violation: Hashable, Sendable {
        public var time: Nanoseconds
        public var name: String
        public var detail: String
    }

    /// How full one host's disk was: the worst of each bin, nil before the first reading.
    public struct DiskLane: Hashable, Sendable {
        public var host: Int
        public var used: [Double?]
        public var worst: DiskLevel
    }

    public struct Span: Hashable, Sendable {
        public var start: Nanoseconds
        public var end: Nanoseconds?
        public var conflicts: Int
    }

    /// Single outages and transitions, each to a millionth of the run (to a millisecond in a short one).
    public struct Detail: Hashable, Sendable {
        /// Nothing grows with the journal: where there are more, there are none, and the bins must do.
        public static let limit = 30_000

        /// In which `outages` and `marks` count time.
        public var quantum: Nanoseconds = .millisecond
        /// In the order of their ends; nil where there were too many.
        public var outages: [Outage]? = []
        /// In the order of time, each combination once per quantum; nil where there were too many.
        public var marks: [Mark]? = []
    }

    public struct Outage: Hashable, Sendable {
        public var subject: Int32
        public var start: Int32
        /// Above `start`, however short it was.
        public var end: Int32
    }

    public struct Mark: Hashable, Sendable {
        public var mechanism: Mechanism
        public var role: MechanismEvent.Role
        public var time: Int32
    }
}
