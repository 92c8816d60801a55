public import ChaosPlan
import ChaosRun
import ChaosScore

/// Puts the assumed numbers of a fleet to the test: each at both ends of its range, the others as they are.
public enum Assumptions {
    /// Runs the scenario with every assumed parameter at low and at high, and tells which objectives are judged
    /// otherwise than under the assumed values.
    ///
    /// - Parameters:
    ///   - read: the plan under overrides as `--set` takes them; nil where it cannot be read so.
    ///   - parameters: those of the fleet; the ones that are not assumed are passed over.
    ///   - jobs: runs at once.
    ///   - progress: parameter values tried, and how many in all; the plan itself counts as one.
    public static func flips(
        read: (_ overrides: [String]) -> Plan?, parameters: [Parameter], seeds: [UInt64], jobs: Int,
        progress: (Int, Int) -> Void = { _, _ in }
    ) async -> AssumptionReport {
        var report = AssumptionReport(scenario: "", seeds: seeds, objectives: [], entries: [], failure: nil)
        guard let plan = read([]) else {
            report.failure = "the scenario cannot be read"
            return report
        }
        report.scenario = plan.name
        report.objectives = plan.objectives.map(\.id)
        let base: [Trial]
        do throws(WorldError) {
            base = try await Trial.run(plan, seeds: seeds, jobs: jobs)
        } catch {
            report.failure = "the run failed: \(error.message)"
            return report
        }

        let assumed = parameters.filter { $0.source == .assumed }
        let trials = assumed.indices.flatMap { index in
            [(AssumptionReport.Setting.End.low, assumed[index].low), (.high, assumed[index].high)].compactMap {
                end, value in
                value.map { (parameter: index, end: end, value: $0) }
            }
        }
        progress(1, trials.count + 1)
        let settings = await Batch.map(
            trials.count, jobs: jobs,
            input: { index in
                let trial = trials[index]
                return Try(
                    setting: AssumptionReport.Setting(
                        end: trial.end, value: trial.value, flips: [], changedJournal: false, failure: nil),
                    plan: read(["\(assumed[trial.parameter].path)=\(trial.value)"]))
            },
            done: { progress($0 + 1, trials.count + 1) },
            work: { await $0.run(against: base) })

        report.entries = assumed.map { AssumptionReport.Entry(path: $0.path, value: $0.text, settings: []) }
        for (trial, setting) in zip(trials, settings) { report.entries[trial.parameter].settings.append(setting) }
        return report
    }

    /// One value of one parameter, to be run.
    private struct Try: Sendable {
        var setting: AssumptionReport.Setting
        var plan: Plan?

        func run(against base: [Trial]) async -> AssumptionReport.Setting {
            var setting = setting
            guard let plan else {
                setting.failure = "the plan cannot be read so"
                return setting
            }
            do throws(WorldError) {
                for before in base {
                    let after = try await Trial.run(plan, seed: before.seed)
                    if after.hash != before.hash { setting.changedJournal = true }
                    Self.add(
                        before.scorecard.objectives, after.scorecard.objectives, seed: before.seed, to: &setting.flips)
                }
            } catch {
                setting.failure = "the run failed: \(error.message)"
            }
            return setting
        }

        private static func add(
            _ before: [ObjectiveResult], _ after: [ObjectiveResult], seed: UInt64,
            to flips: inout [AssumptionReport.Flip]
        ) {
            for old in before {
                guard let new = after.first(where: { $0.objective.id == old.objective.id }),
                    new.judgement != old.judgement
                else { continue }
                let index = flips.firstIndex {
                    $0.objective == old.objective.id && $0.from == old.judgement && $0.to == new.judgement
                }
                if let index {
                    flips[index].seeds.append(seed)
                } else {
                    flips.append(
                        .init(objective: old.objective.id, from: old.judgement, to: new.judgement, seeds: [seed]))
                }
            }
        }
    }
}
