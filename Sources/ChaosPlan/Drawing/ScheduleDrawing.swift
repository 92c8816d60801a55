extension Schedule {
    /// Makes every choice that chance has in a plan. The same plan and seed give the same schedule, always.
    ///
    /// Instances stand in file order, repetitions of a fault behind each other. A fault that follows a repeating one
    /// follows each of its repetitions.
    public static func draw(_ plan: Plan, seed: UInt64) -> Schedule {
        let picking = Picking(plan: plan, seed: seed)
        let occurrences = Occurrence.expand(plan.faults, phases: plan.phases)
        let instances = occurrences.map { occurrence -> FaultInstance in
            let planned = plan.faults[occurrence.fault]
            let entity = Draw.hash(occurrence.id)
            let jitter = Draw(seed: seed, purpose: .jitter, entity: entity).uniform(below: planned.jitter)
            let start: FaultInstance.Start =
                switch occurrence.start {
                case .at(let time): .at(time + jitter)
                case .afterRevert(let other, let delay): .afterRevert(other, delay + jitter)
                case .afterStart(let other, let delay): .afterStart(other, delay + jitter)
                }
            return FaultInstance(
                id: occurrence.id, faultID: planned.id, fault: planned.fault,
                targets: picking.targets(of: planned, entity: entity), start: start,
                duration: planned.duration, mechanism: planned.mechanism)
        }
        return Schedule(
            seed: seed, instances: instances,
            blastRadius: BlastRadius.worst(of: instances, occurrences: occurrences, fleet: plan.fleet))
    }
}
