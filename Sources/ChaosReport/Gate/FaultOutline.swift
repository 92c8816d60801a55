public import ChaosPlan

/// A planned fault without its fleet: names instead of indices, so that two versions of a plan can be compared.
public struct FaultOutline: Hashable, Sendable {
    public var id: String
    public var kind: String
    /// Amounts, each larger the harder the fault is; see `isHarderWhenSmaller` for the one that is not.
    public var amounts: [String: Int64]
    /// What cannot be ranked: `reject`, a procedure's action.
    public var manner: String
    public var target: String
    public var start: String
    /// Nil for faults that are over when they have happened.
    public var duration: Nanoseconds?
    public var every: Nanoseconds?
    public var times: Int
    public var jitter: Nanoseconds
    public var mechanism: String?

    public init(
        id: String, kind: String, amounts: [String: Int64], manner: String, target: String, start: String,
        duration: Nanoseconds?, every: Nanoseconds?, times: Int, jitter: Nanoseconds, mechanism: String?
    ) {
        self.id = id
        self.kind = kind
        self.amounts = amounts
        self.manner = manner
        self.target = target
        self.start = start
        self.duration = duration
        self.every = every
        self.times = times
        self.jitter = jitter
        self.mechanism = mechanism
    }

    public init(_ fault: PlannedFault, in fleet: Fleet) {
        (amounts, manner) = Self.parameters(fault.fault, fleet)
        id = fault.id
        kind = fault.fault.kind.rawValue
        target = Self.words(fault.target, fleet)
        switch fault.start {
        case .at(let time): start = "at \(Self.show(time))"
        case .after(let other, let delay): start = "\(Self.show(delay)) after \(other)"
        case .afterStart(let other, let delay): start = "\(Self.show(delay)) after the start of \(other)"
        }
        duration = fault.duration
        every = fault.every
        times = fault.times
        jitter = fault.jitter
        mechanism = fault.mechanism
    }

    static func isHarderWhenSmaller(_ amount: String) -> Bool { amount == "bytes_per_s" }

    private static func show(_ time: Nanoseconds) -> String { ScalarText.show(time, .duration) }

    private static func parameters(_ fault: Fault, _ fleet: Fleet) -> (amounts: [String: Int64], manner: String) {
        switch fault {
        case .kill, .restart, .pause: ([:], "")
        case .partition(let reject): ([:], reject ? "reject" : "drop")
        case .latency(let delay, let jitter): (["delay_ns": delay, "jitter_ns": jitter], "")
        case .loss(let share), .corrupt(let share), .duplicate(let share): (["share_ppm": share.partsPerMillion], "")
        case .reorder(let share, let by): (["share_ppm": share.partsPerMillion, "by_ns": by], "")
        case .bandwidth(let bytes): (["bytes_per_s": bytes], "")
        case .diskFill(let share): (["to_ppm": share.partsPerMillion], "")
        case .diskSlow(let delay, let errors): (["delay_ns": delay, "errors_ppm": errors.partsPerMillion], "")
        case .cpu(let load): (["load_ppm": load.partsPerMillion], "")
        case .memory(let kill, let stretch): (["stretch": Int64(stretch)], kill ? "kill" : "stall")
        case .clock(let offset, let drift):
            (["offset_ns": abs(offset), "drift_ppm": abs(drift)], offset < 0 || drift < 0 ? "back" : "")
        case .hostDown(let power): (["power": power ? 1 : 0], "")
        case .credential(let rotate): ([:], rotate ? "rotate" : "expire")
        case .procedure(let action, let takes, let limit):
            ([:], "\(action.rawValue), takes \(show(takes)), limit \(show(limit))")
        case .rollingRestart(let rollout):
            (
                ["bad_version_ppm": rollout.badVersion.partsPerMillion],
                "groups of \(rollout.groups.map { "\($0.count)" }.joined(separator: ", ")) "
                    + "(\(digest(rollout.groups.flatMap { $0 }.map { fleet.agents[$0].name }))), "
                    + "gate \(show(rollout.gate)), limit \(show(rollout.gateLimit))"
            )
        }
    }

    private static func words(_ target: Target, _ fleet: Fleet) -> String {
        switch target {
        case .members(let selector):
            let names = list(selector.candidates.map { fleet.name(of: $0) })
            return "\(words(selector.pick)) of \(names)" + (selector.sameHost ? ", on one host" : "")
        case .hosts(let selector):
            return "\(words(selector.pick)) of \(list(selector.candidates.map { fleet.hosts[$0].name }))"
        case .link(let from, let to, let oneWay):
            return "\(fleet.hosts[from].name)\(oneWay ? " > " : " - ")\(fleet.hosts[to].name)"
        case .none: return ""
        }
    }

    private static func words(_ pick: Pick) -> String {
        switch pick {
        case .one: "one"
        case .all: "all"
        case .minority: "a minority"
        case .majority: "a majority"
        case .count(let count): "\(count)"
        case .share(let share): share.text
        case .leader: "the leader"
        case .mostDependedUpon: "the most depended upon"
        }
    }

    /// A few names in full; of many how many, and a mark that changes when they do.
    private static func list(_ names: [String]) -> String {
        names.count <= 4 ? names.joined(separator: ", ") : "\(names.count) (\(digest(names)))"
    }

    private static func digest(_ names: [String]) -> String {
        String(Measure.hex(Draw.hash(names.joined(separator: "\n"))).prefix(8))
    }
}
