/// One repetition of a planned fault, before chance: its rule, and between which instants it can be in force.
///
/// Times after other faults are nominal: those faults are taken to revert when their `for` is over.
struct Occurrence {
    static let maximum = 100_000

    /// Index of the planned fault.
    var fault: Int
    var id: String
    /// Without jitter.
    var start: FaultInstance.Start
    var earliest: Nanoseconds
    /// Earliest plus all jitter on the way.
    var latest: Nanoseconds
    /// When it is over at the latest.
    var end: Nanoseconds

    /// All repetitions of all faults, in file order. Empty when they refer to each other in a circle or are too many.
    static func expand(_ faults: [PlannedFault], phases: Phases) -> [Occurrence] {
        var expansion = Expansion(faults: faults, phases: phases)
        return expansion.all()
    }

    private struct Expansion {
        let faults: [PlannedFault]
        let phases: Phases
        var done: [[Occurrence]?]
        let index: [String: Int]

        init(faults: [PlannedFault], phases: Phases) {
            self.faults = faults
            self.phases = phases
            done = Array(repeating: nil, count: faults.count)
            index = Dictionary(faults.enumerated().map { ($1.id, $0) }) { first, _ in first }
        }

        mutating func all() -> [Occurrence] {
            var counts = [Int](repeating: 0, count: faults.count)
            for fault in faults.indices {
                guard let count = count(of: fault) else { return [] }
                counts[fault] = count
            }
            guard counts.reduce(0, +) <= maximum else { return [] }
            // Of each fault, the index of its first occurrence.
            var bases: [Int] = []
            var next = 0
            for count in counts {
                bases.append(next)
                next += count
            }
            for fault in faults.indices { expand(fault, counts: counts, bases: bases) }
            return done.flatMap { $0 ?? [] }
        }

        /// The fault that it waits for, with the delay and whether for its revert.
        private func reference(of fault: Int) -> (other: Int, delay: Nanoseconds, revert: Bool)? {
            switch faults[fault].start {
            case .at: nil
            case .after(let id, let delay): index[id].map { ($0, delay, true) }
            case .afterStart(let id, let delay): index[id].map { ($0, delay, false) }
            }
        }

        /// Repetitions: its own, or those of the fault that it follows. Nil in a circle.
        private func count(of fault: Int) -> Int? {
            var position = fault
            for _ in 0...faults.count {
                if faults[position].every != nil { return faults[position].times }
                guard let reference = reference(of: position) else { return 1 }
                position = reference.other
            }
            return nil
        }

        private mutating func expand(_ fault: Int, counts: [Int], bases: [Int]) {
            // Walks to the root first, so that no recursion is as deep as a hostile chain.
            var chain = [fault]
            while let reference = reference(of: chain[chain.count - 1]), done[reference.other] == nil {
                chain.append(reference.other)
            }
            for position in chain.reversed() where done[position] == nil {
                done[position] = occurrences(of: position, counts: counts, bases: bases)
            }
        }

        private func occurrences(of fault: Int, counts: [Int], bases: [Int]) -> [Occurrence] {
            let planned = faults[fault]
            let reference = reference(of: fault)
            return (0..<counts[fault]).map { repetition in
                let shift = (planned.every ?? 0).multipliedReportingOverflow(by: Int64(repetition))
                let own = shift.overflow ? ScalarRule.longest : Swift.min(shift.partialValue, ScalarRule.longest)
                let (rule, earliest, latest): (FaultInstance.Start, Nanoseconds, Nanoseconds)
                if let reference, let others = done[reference.other] {
                    // One of many follows its counterpart; several of its own follow the only one.
                    let which = others.count > 1 ? Swift.min(repetition, others.count - 1) : 0
                    let other = others[which]
                    let wait = capped(reference.delay, own)
                    rule =
                        reference.revert
                        ? .afterRevert(bases[reference.other] + which, wait)
                        : .afterStart(bases[reference.other] + which, wait)
                    let length = other.end - other.latest
                    earliest = capped(reference.revert ? other.earliest + length : other.earliest, wait)
                    latest = capped(reference.revert ? other.end : other.latest, wait)
                } else {
                    let at = if case .at(let at) = planned.start { at } else { Nanoseconds(0) }
                    earliest = capped(phases.faultsStart + at, own)
                    latest = earliest
                    rule = .at(earliest)
                }
                let last = capped(latest, planned.jitter)
                return Occurrence(
                    fault: fault, id: counts[fault] > 1 ? "\(planned.id)#\(repetition + 1)" : planned.id, start: rule,
                    earliest: earliest,
                    latest: last, end: capped(last, planned.length))
            }
        }

        /// Long chains of long waits must not overflow.
        private func capped(_ a: Nanoseconds, _ b: Nanoseconds) -> Nanoseconds {
            let sum = a.addingReportingOverflow(b)
            return sum.overflow ? .max / 4 : Swift.min(sum.partialValue, .max / 4)
        }
    }
}

extension PlannedFault {
    /// How long it is taken to last: its `for`, or the time that a procedure takes.
    var length: Nanoseconds {
        if let duration { return duration }
        switch fault {
        case .procedure(_, let takes, _): return takes
        case .rollingRestart(let rollout):
            // At best: every gate passes at its first moment.
            let all = rollout.gate.multipliedReportingOverflow(by: Int64(rollout.groups.joined().count))
            return all.overflow ? ScalarRule.longest : Swift.min(all.partialValue, ScalarRule.longest)
        default: return 0
        }
    }
}
