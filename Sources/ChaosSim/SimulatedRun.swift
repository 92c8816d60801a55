public import ChaosPlan
public import ChaosRun

/// One seed of a plan in the simulated world, from schedule to journal.
public enum SimulatedRun {
    public struct Result: Sendable {
        public var outcome: Runner.Outcome
        public var header: JournalHeader
        public var hash: JournalHash
        public var statistics: SimulatedWorld.Statistics
        /// The journal, if it was asked to stay in memory.
        public var bytes: [UInt8]
        public var journalSize: Int
        /// errno of the first write that failed.
        public var writeFailure: Int32?
        /// The operations file, if it was asked to stay in memory.
        public var operations: [UInt8]
    }

    /// - Parameters:
    ///   - operations: where clients' single operations go; nil records none.
    ///   - pace: holds virtual time to the clock and the journal to the disk line by line, for who watches; nil runs as
    ///     fast as it can. The journal is the same.
    ///   - listeners: made from the header before the run; each gets every record in order.
    public static func run(
        _ plan: Plan, seed: UInt64, to destination: JournalRecorder.Destination = .nowhere,
        operations: OperationRecorder.Destination? = nil,
        heartbeats: SimulatedWorld.Heartbeats = .elided, plants: Set<SimulatedWorld.Plant> = [],
        schedule: Schedule? = nil, pace: PacedWorld.Pace? = nil,
        listeners: (JournalHeader) -> [(JournalRecord) -> Void] = { _ in [] },
        interrupts: Runner.InterruptCount = { 0 }, progress: (Nanoseconds, Nanoseconds) -> Void = { _, _ in }
    ) async throws(WorldError) -> Result {
        let schedule = schedule ?? Schedule.draw(plan, seed: seed)
        let header = JournalHeader(plan: plan, schedule: schedule, world: "simulated")
        let recorder = JournalRecorder(
            header: header, to: destination, listeners: listeners(header), flushesEachLine: pace != nil)
        let operationRecorder = operations.map { OperationRecorder(to: $0) }
        let observer = Observer(
            header: header, plan: plan, sink: recorder, operations: operationRecorder.map { OperationLog(sink: $0) })
        let world = SimulatedWorld(
            plan: plan, schedule: schedule, observer: observer, heartbeats: heartbeats, plants: plants)
        let outcome = try await Runner(plan: plan, schedule: schedule).run(
            in: pace.map { PacedWorld(world, pace: $0) } ?? world, observer: observer, interrupts: interrupts,
            progress: progress)
        recorder.flush()
        operationRecorder?.flush()
        return Result(
            outcome: outcome, header: header, hash: recorder.hash, statistics: world.statistics,
            bytes: recorder.bytes, journalSize: recorder.size,
            writeFailure: recorder.failure ?? operationRecorder?.failure,
            operations: operationRecorder?.bytes ?? [])
    }
}
