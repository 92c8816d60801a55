import ChaosPlan

/// What the journal says of one fault instance, as it goes by.
struct InstanceTrack {
    /// A failover that somebody owes since it noticed: who, and about whom.
    struct Obligation {
        var mechanism: Mechanism
        var by: String
        var about: String
        var since: Nanoseconds
        var takeover: Nanoseconds?
    }

    var commanded: Nanoseconds?
    var effective: Nanoseconds?
    var reverted: Nanoseconds?
    /// Why it was not injected, or not reverted.
    var failure: String?
    var skipped: String?
    var targets: [String] = []
    var subjects: Set<Int> = []
    var matcher: TargetMatcher?
    var detected: Nanoseconds?
    var partitionDetected: Nanoseconds?
    var obligations: [Obligation] = []
    /// Somebody took over without having been seen to notice.
    var unannounced: Nanoseconds?
    var rollbackTrigger: (time: Nanoseconds, by: String)?
    var rolledBack: Nanoseconds?
    var procedure: (took: Nanoseconds, succeeded: Bool)?

    mutating func consume(_ event: FaultEvent, at time: Nanoseconds, places: Places) {
        switch event.state {
        case .commanded: commanded = time
        case .effective:
            effective = time
            targets = event.targets
            subjects = Set(event.subjects)
            matcher = TargetMatcher(targets: event.targets, places: places)
        case .reverted: reverted = time
        case .clean: break
        case .failed:
            failure = event.evidence
            if targets.isEmpty { targets = event.targets }
        case .skipped: skipped = event.evidence
        }
    }

    /// Only while the instance is open: from effective to the hold time after its revert.
    mutating func consume(_ event: MechanismEvent, at time: Nanoseconds) {
        guard let matcher else { return }
        let concerns = matcher.matches(by: event.by, about: event.about)
        switch event.role {
        case .detect:
            if event.mechanism == .partitionDetector, partitionDetected == nil { partitionDetected = time }
            if event.mechanism == .rollback, rollbackTrigger == nil { rollbackTrigger = (time, event.by) }
            guard concerns else { return }
            if detected == nil { detected = time }
            // What is noticed only after the revert need not be replaced any more.
            if reverted == nil, matcher.owesReplacement(event) { owe(event, since: time) }
        case .takeover:
            if event.mechanism == .rollback {
                if let trigger = rollbackTrigger, trigger.by == event.by, rolledBack == nil { rolledBack = time }
                return
            }
            settle(event, at: time, concerns: concerns)
        case .restore, .change: break
        }
    }

    /// An agent finds its own hub gone, each for itself; one hub notices every agent that dies, and each has to be replaced.
    private func isSame(_ obligation: Obligation, _ event: MechanismEvent) -> Bool {
        guard obligation.mechanism == event.mechanism else { return false }
        return event.mechanism == .hubFailover ? obligation.by == event.by : obligation.about == event.about
    }

    private mutating func owe(_ event: MechanismEvent, since time: Nanoseconds) {
        if obligations.contains(where: { isSame($0, event) }) { return }
        obligations.append(
            Obligation(mechanism: event.mechanism, by: event.by, about: event.about, since: time, takeover: nil))
    }

    private mutating func settle(_ event: MechanismEvent, at time: Nanoseconds, concerns: Bool) {
        var announced = false
        for index in obligations.indices where isSame(obligations[index], event) {
            announced = true
            if obligations[index].takeover == nil { obligations[index].takeover = time }
        }
        if !announced, concerns, reverted == nil { unannounced = time }
    }

    /// The last takeover, when nobody who noticed still owes one.
    var failedOver: Nanoseconds? {
        var last = unannounced
        for obligation in obligations {
            guard let takeover = obligation.takeover else { return nil }
            last = max(last ?? takeover, takeover)
        }
        return last
    }
}
