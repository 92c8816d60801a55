public import ChaosPlan
public import ChaosRun

/// One seed of a plan, live: brings the fleet up if it is not, runs, and ends what it started.
public enum LiveRun {
    public struct Result: Sendable {
        public var outcome: Runner.Outcome
        public var hash: JournalHash
        /// As errno.
        public var writeFailure: Int32?
    }

    /// - Parameters:
    ///   - isMonitored: a Prometheus watches the fleet, and its alerts are part of the journal.
    ///   - tell: what the operator should read while it goes on.
    public static func run(
        _ plan: Plan, seed: UInt64, to destination: JournalRecorder.Destination,
        operations: OperationRecorder.Destination, schedule: Schedule,
        isMonitored: Bool = false, interrupts: @escaping Runner.InterruptCount,
        tell: @escaping @Sendable (String) -> Void,
        progress: (Nanoseconds, Nanoseconds) -> Void
    ) async throws(WorldError) -> Result {
        let session: FleetSession
        do throws(LiveError) { session = try FleetSession.open(plan.fleet, isMonitored: isMonitored) } catch {
            throw WorldError(code: error.isMissing ? .unsupported : .fleetFailed, message: error.message)
        }
        defer { session.close() }
        let header = JournalHeader(plan: plan, schedule: schedule, world: "live")
        let recorder = JournalRecorder(header: header, to: destination, flushesEachLine: true)
        let sink = SortedSink(recorder)
        let operationRecorder = OperationRecorder(to: operations)
        let observer = Observer(
            header: header, plan: plan, sink: sink, operations: OperationLog(sink: operationRecorder))
        let world = LiveWorld(plan: plan, schedule: schedule, observer: observer, session: session, tell: tell)
        let outcome: Runner.Outcome
        do throws(WorldError) {
            outcome = try await Runner(plan: plan, schedule: schedule).run(
                in: world, observer: observer, interrupts: interrupts, progress: progress)
        } catch {
            sink.flush()
            recorder.flush()
            operationRecorder.flush()
            await world.release()
            throw error
        }
        sink.flush()
        recorder.flush()
        operationRecorder.flush()
        return Result(
            outcome: outcome, hash: recorder.hash, writeFailure: recorder.failure ?? operationRecorder.failure)
    }
}
