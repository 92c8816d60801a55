import ChaosPlan
import ChaosScore

/// Finds every difference of two outlines of one scenario, and says of each whether it asks for less.
struct PlanComparison {
    private(set) var changes: [PlanChange] = []

    static func changes(_ old: PlanOutline, _ new: PlanOutline) -> [PlanChange] {
        var comparison = PlanComparison()
        comparison.compare(old, new)
        // Something that no line above looks at: nobody can say that it asks for as much.
        if comparison.changes.isEmpty, old.digest != new.digest {
            comparison.add(
                "plan-changed", "", "the digest was \(Measure.hex(old.digest)), now \(Measure.hex(new.digest))",
                .different)
        }
        return comparison.changes
    }

    private mutating func add(_ name: String, _ subject: String, _ text: String, _ effect: PlanChange.Effect) {
        changes.append(PlanChange(name, subject, text, effect))
    }

    private mutating func compare(_ old: PlanOutline, _ new: PlanOutline) {
        for objective in old.objectives {
            guard let other = new.objectives.first(where: { $0.id == objective.id }) else {
                add("objective-removed", objective.id, "it demanded \(objective.demand)", .weaker)
                continue
            }
            compare(objective, other)
        }
        for objective in new.objectives where !old.objectives.contains(where: { $0.id == objective.id }) {
            add("objective-added", objective.id, "it demands \(objective.demand)", .stricter)
        }
        for fault in old.faults {
            guard let other = new.faults.first(where: { $0.id == fault.id }) else {
                add("fault-removed", fault.id, "\(fault.kind) \(fault.target)", .weaker)
                continue
            }
            compare(fault, other)
        }
        for fault in new.faults where !old.faults.contains(where: { $0.id == fault.id }) {
            add("fault-added", fault.id, "\(fault.kind) \(fault.target)", .stricter)
        }
        for mechanism in old.expect where !new.expect.contains(mechanism) {
            add("expectation-dropped", mechanism, "the mechanism need not fire any more", .weaker)
        }
        for mechanism in new.expect where !old.expect.contains(mechanism) {
            add("expectation-added", mechanism, "the mechanism must fire", .stricter)
        }
        compareFrame(old, new)
    }

    private mutating func compareFrame(_ old: PlanOutline, _ new: PlanOutline) {
        if old.fleetDigest != new.fleetDigest {
            add(
                "fleet-changed", "",
                "its digest was \(Measure.hex(old.fleetDigest)), now \(Measure.hex(new.fleetDigest))", .different)
        }
        shorter("hold-shortened", "hold-lengthened", "", old.hold, new.hold)
        shorter("phase-shortened", "phase-lengthened", "baseline", old.phases.baseline, new.phases.baseline)
        shorter("phase-shortened", "phase-lengthened", "faults", old.phases.faults, new.phases.faults)
        shorter("phase-shortened", "phase-lengthened", "recovery", old.phases.recovery, new.phases.recovery)
        rate("requests", old.workload.requests, new.workload.requests)
        rate("messages", old.workload.messages, new.workload.messages)
        // Clients who wait for longer call fewer answers late.
        shorter(
            "timeout-shortened", "timeout-lengthened", "requests", old.workload.requestTimeout,
            new.workload.requestTimeout, less: .stricter)
        if old.workload.stream != new.workload.stream {
            add("stream-changed", "", Self.turn(old.workload.stream, new.workload.stream), .different)
        }
        if old.faultsPerHour != new.faultsPerHour {
            add(
                "faults-per-hour-\(new.faultsPerHour < old.faultsPerHour ? "lowered" : "raised")", "",
                Self.turn("\(old.faultsPerHour)", "\(new.faultsPerHour)"),
                new.faultsPerHour < old.faultsPerHour ? .weaker : .stricter)
        }
        if old.exercises != new.exercises {
            add("exercise-changed", "", Self.turn(old.exercises ?? "nothing", new.exercises ?? "nothing"), .different)
        }
        if old.safety != new.safety { add("safety-changed", "", Self.turn(old.safety, new.safety), .different) }
    }

    // MARK: Objectives

    private mutating func compare(_ old: Objective, _ new: Objective) {
        guard Self.subject(old) == Self.subject(new), old.isMinimum == new.isMinimum else {
            add("objective-changed", old.id, Self.turn(Self.subject(old), Self.subject(new)), .different)
            return
        }
        if old.limitValue != new.limitValue {
            let pair = Measure.pair(old.limitValue, limit: new.limitValue, old.metric.unit)
            let isLooser = old.isMinimum ? new.limitValue < old.limitValue : new.limitValue > old.limitValue
            add(
                isLooser ? "limit-loosened" : "limit-tightened", old.id, Self.turn(pair.value, pair.limit),
                isLooser ? .weaker : .stricter)
        }
        if old.weight != new.weight {
            let isLess = new.weight < old.weight
            add(
                isLess ? "weight-lowered" : "weight-raised", old.id,
                Self.turn(Measure.decimal(old.weight, digits: 3), Measure.decimal(new.weight, digits: 3)),
                isLess ? .weaker : .stricter)
        }
        compareFloors(old, new)
        flag(old.advisory, new.advisory, old.id, on: ("made-advisory", .weaker), off: ("made-binding", .stricter))
        flag(
            old.invariant, new.invariant, old.id, on: ("made-invariant", .stricter),
            off: ("invariant-dropped", .weaker))
        if old.promise != new.promise {
            add("promise-changed", old.id, Self.turn(old.promise ?? "none", new.promise ?? "none"), .different)
        }
    }

    /// A floor further away gives more credit for the same miss. One that only followed its limit moved with it.
    private mutating func compareFloors(_ old: Objective, _ new: Objective) {
        let (before, after) = (old.creditFloor, new.creditFloor)
        guard before != after, old.floor != nil || new.floor != nil else { return }
        let isFurther = old.isMinimum ? after < before : after > before
        let pair = Measure.pair(before, limit: after, old.metric.unit)
        add("floor-moved", old.id, Self.turn(pair.value, pair.limit), isFurther ? .weaker : .stricter)
    }

    private mutating func flag(
        _ old: Bool, _ new: Bool, _ id: String, on: (String, PlanChange.Effect), off: (String, PlanChange.Effect)
    ) {
        guard old != new else { return }
        let (name, effect) = new ? on : off
        add(name, id, new ? "it was not before" : "it was before", effect)
    }

    /// What is measured, limit and all that stands beside it left out.
    private static func subject(_ objective: Objective) -> String {
        var parts = [objective.metric.rawValue]
        if let of = objective.of { parts.append("of \(of)") }
        switch objective.over {
        case .budget: break
        case .impact: parts.append("over impact")
        case .run: parts.append("over run")
        case .window(let length): parts.append("over \(ScalarText.show(length, .duration))")
        }
        if let group = objective.group { parts.append("in \(group)") }
        if objective.statistic != .worst { parts.append("(\(objective.statistic.rawValue))") }
        if let world = objective.world { parts.append("only \(world.rawValue)") }
        return parts.joined(separator: " ") + (objective.isMinimum ? ", a least value" : ", a most")
    }

    // MARK: Faults

    private mutating func compare(_ old: FaultOutline, _ new: FaultOutline) {
        guard old.kind == new.kind, old.manner == new.manner, old.target == new.target, old.start == new.start,
            old.jitter == new.jitter, old.mechanism == new.mechanism
        else {
            add("fault-changed", old.id, Self.turn(Self.words(old), Self.words(new)), .different)
            return
        }
        switch (old.duration, new.duration) {
        case (let before?, let after?): shorter("fault-shortened", "fault-lengthened", old.id, before, after)
        case (nil, nil): break
        default: add("fault-changed", old.id, "it is held in force otherwise", .different)
        }
        if old.times != new.times {
            let isFewer = new.times < old.times
            add(
                isFewer ? "fault-rarer" : "fault-more-often", old.id,
                Self.turn("\(old.times) times", "\(new.times) times"), isFewer ? .weaker : .stricter)
        }
        shorter("fault-denser", "fault-sparser", old.id, old.every ?? 0, new.every ?? 0, less: .stricter)
        for name in Set(old.amounts.keys).union(new.amounts.keys).sorted() {
            let (before, after) = (old.amounts[name] ?? 0, new.amounts[name] ?? 0)
            guard before != after else { continue }
            let isMilder = FaultOutline.isHarderWhenSmaller(name) ? after > before : after < before
            add(
                isMilder ? "fault-milder" : "fault-harder", old.id,
                "\(name) \(Self.turn("\(before)", "\(after)"))", isMilder ? .weaker : .stricter)
        }
    }

    private static func words(_ fault: FaultOutline) -> String {
        var parts = [fault.kind, fault.manner, fault.target, fault.start].filter { !$0.isEmpty }
        if fault.jitter > 0 { parts.append("jitter \(ScalarText.show(fault.jitter, .duration))") }
        if let mechanism = fault.mechanism { parts.append("by \(mechanism)") }
        return parts.joined(separator: " ")
    }

    // MARK: Amounts

    /// - Parameter less: what a smaller value means.
    private mutating func shorter(
        _ shortened: String, _ lengthened: String, _ subject: String, _ old: Nanoseconds, _ new: Nanoseconds,
        less: PlanChange.Effect = .weaker
    ) {
        guard old != new else { return }
        let more: PlanChange.Effect = less == .weaker ? .stricter : .weaker
        add(
            new < old ? shortened : lengthened, subject,
            Self.turn(ScalarText.show(old, .duration), ScalarText.show(new, .duration)), new < old ? less : more)
    }

    private mutating func rate(_ name: String, _ old: Rate, _ new: Rate) {
        guard old != new else { return }
        let isLess = new.perSecond < old.perSecond
        add(
            isLess ? "load-lowered" : "load-raised", name,
            Self.turn(
                "\(Measure.decimal(old.perSecond, digits: 3))/s", "\(Measure.decimal(new.perSecond, digits: 3))/s"),
            isLess ? .weaker : .stricter)
    }

    private static func turn(_ before: String, _ after: String) -> String {
        "\(before.isEmpty ? "nothing" : before) before, \(after.isEmpty ? "nothing" : after) now"
    }
}
