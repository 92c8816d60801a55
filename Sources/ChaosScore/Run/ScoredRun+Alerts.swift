import ChaosPlan

/// Whether alerts told of faults, and faults were told of by alerts.
extension ScoredRun {
    /// So long after its revert a fault still excuses an alert: a rule waits, a group waits, a message travels.
    static let alertGrace: Nanoseconds = 60 * .second
    /// A fault that is over sooner need not be noticed by anybody.
    static let alertableFor: Nanoseconds = 10 * .second

    /// Which alerts are true, and of which instances: fired while it was in force or within the grace, and about what it reached.
    struct AlertMatch {
        var isTrue: [Bool]
        /// Of each instance, when its first true alert fired.
        var first: [Nanoseconds?]
    }

    func matchAlerts() -> AlertMatch {
        let paths = AlertPaths(fleet: plan.fleet, places: Places(fleet: plan.fleet))
        let reaches = tracks.map { $0.effective == nil ? nil : paths.reach(of: $0.targets) }
        var match = AlertMatch(
            isTrue: Array(repeating: false, count: alerts.alerts.count),
            first: Array(repeating: nil, count: tracks.count))
        for (index, alert) in alerts.alerts.enumerated() {
            for instance in tracks.indices {
                guard let effective = tracks[instance].effective, let reach = reaches[instance],
                    alert.fired >= effective,
                    tracks[instance].reverted.map({ alert.fired < $0 + Self.alertGrace }) ?? true,
                    paths.concerns(alert.identity, reach)
                else { continue }
                match.isTrue[index] = true
                match.first[instance] = min(match.first[instance] ?? alert.fired, alert.fired)
            }
        }
        return match
    }

    private static let unwatched = Measurement.none("no monitoring watched the fleet")

    func alertPrecision() -> Measurement {
        guard alerts.isMonitored else { return Self.unwatched }
        let isTrue = matchAlerts().isTrue
        guard !isTrue.isEmpty else { return .none("no alert was raised") }
        let wrong = zip(alerts.alerts, isTrue).filter { !$0.1 }.map(\.0.identity.name)
        let right = isTrue.count - wrong.count
        let names = wrong.isEmpty ? "" : ", not \(Set(wrong).sorted().prefix(3).joined(separator: ", "))"
        return .value(Double(right) / Double(isTrue.count), note: "\(right) of \(isTrue.count) alerts\(names)")
    }

    func alertRecall() -> Measurement {
        guard alerts.isMonitored else { return Self.unwatched }
        let first = matchAlerts().first
        let due = tracks.indices.filter { instance in
            guard landed(instance), let effective = tracks[instance].effective else { return false }
            return (tracks[instance].reverted ?? horizon) - effective >= Self.alertableFor
        }
        guard !due.isEmpty else { return .none("no fault was in force for 10 s") }
        let silent = due.filter { first[$0] == nil }.map { header.faults[$0].id }
        let names = silent.isEmpty ? "" : ", not \(silent.prefix(3).joined(separator: ", "))"
        let told = due.count - silent.count
        return .value(Double(told) / Double(due.count), note: "\(told) of \(due.count) faults\(names)")
    }

    /// From effective to the first true alert.
    func timeToAlert(of instance: Int, effective: Nanoseconds, _ id: String) -> Measurement {
        guard alerts.isMonitored else { return Self.unwatched }
        if let first = matchAlerts().first[instance] { return .value(Double(first - effective), note: id) }
        let last = min(horizon, (tracks[instance].reverted ?? horizon) + Self.alertGrace)
        return .atLeast(Double(last - effective), note: id)
    }
}
