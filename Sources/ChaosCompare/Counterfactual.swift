import ChaosPlan

/// A schedule without some of its planned faults; every other draw stays as it was, since streams are keyed by name.
struct Counterfactual {
    var schedule: Schedule
    /// Of each instance that is left, its index in the original schedule.
    var kept: [Int]
    /// Planned faults of which instances went too, because their rule waited for a removed one; in schedule order.
    var dependents: [String]

    /// Takes all instances of `faults` out of `schedule`, and those that only they would have set off.
    init(removing faults: Set<String>, from schedule: Schedule) {
        let instances = schedule.instances
        var followers: [[Int]] = Array(repeating: [], count: instances.count)
        for (index, instance) in instances.enumerated() {
            if let other = instance.start.awaited { followers[other].append(index) }
        }
        var isRemoved = instances.map { faults.contains($0.faultID) }
        // A rule may name an instance further down, so one pass in schedule order would not do.
        var pending = instances.indices.filter { isRemoved[$0] }
        while let index = pending.popLast() {
            for follower in followers[index] where !isRemoved[follower] {
                isRemoved[follower] = true
                pending.append(follower)
            }
        }

        var dependents: [String] = []
        var position: [Int] = []
        var kept: [Int] = []
        for (index, instance) in instances.enumerated() {
            position.append(kept.count)
            if !isRemoved[index] {
                kept.append(index)
            } else if !faults.contains(instance.faultID), !dependents.contains(instance.faultID) {
                dependents.append(instance.faultID)
            }
        }
        var remaining = schedule
        remaining.instances = kept.map { index in
            var instance = instances[index]
            switch instance.start {
            case .at: break
            case .afterRevert(let other, let delay): instance.start = .afterRevert(position[other], delay)
            case .afterStart(let other, let delay): instance.start = .afterStart(position[other], delay)
            }
            return instance
        }
        self.schedule = remaining
        self.kept = kept
        self.dependents = dependents
    }
}

extension FaultInstance.Start {
    /// Index of the instance whose start or revert it waits for.
    fileprivate var awaited: Int? {
        switch self {
        case .at: nil
        case .afterRevert(let other, _), .afterStart(let other, _): other
        }
    }
}
