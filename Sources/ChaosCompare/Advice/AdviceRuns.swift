import ChaosPlan
import ChaosRun

/// Runs changes over seeds, on several threads, and keeps what came of it.
final class AdviceRuns {
    /// Reads the plan under overrides as `--set` takes them; nil where the fleet cannot be so.
    let read: @Sendable ([String]) -> Plan?
    let jobs: Int
    private let isStopped: () -> Bool
    private let progress: (Double) -> Void
    /// Where on the way from 0 to 1 the present work lies.
    private var stretch = 0.0...0.0
    private(set) var runs = 0
    private(set) var wasStopped = false
    /// Of the plan as it is, and of changes, by seed.
    private var samples: [PolicyChange?: [UInt64: AdviceSample]] = [:]
    private var controls: [PolicyChange?: [UInt64: AdviceSample]] = [:]
    private var impossible: Set<PolicyChange> = []

    init(
        read: @escaping @Sendable ([String]) -> Plan?, jobs: Int, isStopped: @escaping () -> Bool,
        progress: @escaping (Double) -> Void
    ) {
        self.read = read
        self.jobs = jobs
        self.isStopped = isStopped
        self.progress = progress
    }

    /// Of `seeds` those that have been run, in their order.
    func samples(_ change: PolicyChange?, _ seeds: [UInt64]) -> [AdviceSample] {
        seeds.compactMap { samples[change]?[$0] }
    }

    func control(_ change: PolicyChange?, _ seeds: [UInt64]) -> [AdviceSample] {
        seeds.compactMap { controls[change]?[$0] }
    }

    func isImpossible(_ change: PolicyChange) -> Bool { impossible.contains(change) }

    /// Every change that was run on at least one seed.
    var tried: Int { samples.keys.count { $0 != nil } }

    /// From now on progress goes on towards `end`.
    func proceed(to end: Double) { stretch = stretch.upperBound...max(stretch.upperBound, end) }

    /// Runs each change on each of the seeds, where that was not done before.
    func run(_ changes: [PolicyChange?], on seeds: [UInt64], isControl: Bool = false) async {
        var work: [Work] = []
        for change in changes where !(change.map(isImpossible) ?? false) {
            let known = (isControl ? controls : samples)[change] ?? [:]
            let missing = seeds.filter { known[$0] == nil }
            // Reading a fleet costs as much as a short run: seeds are shared out in handfuls.
            for start in stride(from: 0, to: missing.count, by: 5) {
                work.append(Work(options: [change], seeds: Array(missing[start..<min(start + 5, missing.count)])))
            }
        }
        await carryOut(work, isControl: isControl)
    }

    /// Of each list the first change that the fleet can have, on one seed.
    func runFirstPossible(_ lists: [[PolicyChange]], on seed: UInt64) async {
        await carryOut(lists.map { Work(options: $0, seeds: [seed]) }, isControl: false)
    }

    private struct Work: Sendable {
        /// The first that can be read is run.
        var options: [PolicyChange?]
        var seeds: [UInt64]
    }

    private struct Done: Sendable {
        var change: PolicyChange?
        var samples: [AdviceSample] = []
        var impossible: [PolicyChange] = []
    }

    /// In batches, so that the operator's wish to stop is noticed between two.
    private func carryOut(_ work: [Work], isControl: Bool) async {
        let read = read
        var next = 0
        while next < work.count {
            if isStopped() {
                wasStopped = true
                return
            }
            let batch = Array(work[next..<min(work.count, next + jobs * 4)])
            let begun = next
            let results = await Batch.map(
                batch.count, jobs: jobs, input: { batch[$0] },
                done: { done in
                    let share = Double(begun + done) / Double(work.count)
                    progress(stretch.lowerBound + (stretch.upperBound - stretch.lowerBound) * share)
                },
                work: { await Self.carryOut($0, isControl: isControl, read: read) })
            for result in results { keep(result, isControl: isControl) }
            next += batch.count
        }
    }

    private static func carryOut(
        _ work: Work, isControl: Bool, read: @Sendable ([String]) -> Plan?
    ) async -> Done {
        var done = Done()
        for change in work.options {
            guard let plan = read(change?.overrides ?? []) else {
                if let change { done.impossible.append(change) }
                continue
            }
            done.change = change
            do throws(WorldError) {
                for seed in work.seeds {
                    done.samples.append(try await AdviceSample.take(plan, seed: seed, isControl: isControl))
                }
            } catch {
                // A fleet that the world cannot run is as impossible as one that cannot be read.
                if let change { done.impossible.append(change) }
                done.samples = []
                continue
            }
            return done
        }
        return done
    }

    private func keep(_ done: Done, isControl: Bool) {
        impossible.formUnion(done.impossible)
        runs += done.samples.count
        for sample in done.samples {
            if isControl {
                controls[done.change, default: [:]][sample.seed] = sample
            } else {
                samples[done.change, default: [:]][sample.seed] = sample
            }
        }
    }
}
