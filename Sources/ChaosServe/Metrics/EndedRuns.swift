package import ChaosService
import Synchronization

/// Counts runs by outcome. The service lists the latest; each is counted once, however often it is listed.
package final class EndedRuns: Sendable {
    package struct Kind: Hashable, Comparable, Sendable {
        package var world: String
        package var outcome: String

        package static func < (a: Kind, b: Kind) -> Bool { (a.world, a.outcome) < (b.world, b.outcome) }
    }

    package struct Last: Sendable {
        package var ended: Int64
        package var score: Double?
    }

    private struct State {
        var seen: Set<ServiceStatus.EndedRun> = []
        var counts: [Kind: Int] = [:]
        var last: [String: Last] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package func note(_ status: ServiceStatus) {
        state.withLock { state in
            for run in status.recent.reversed() where !state.seen.contains(run) {
                // What ended before this service began is history: a counter that began with it would jump with its length.
                if run.ended >= status.started {
                    state.counts[Kind(world: run.world, outcome: Self.word(run.outcome)), default: 0] += 1
                }
                if run.ended >= state.last[run.scenario]?.ended ?? .min {
                    state.last[run.scenario] = Last(ended: run.ended, score: run.score)
                }
            }
            // Only what is still listed can be listed again.
            state.seen = Set(status.recent)
        }
    }

    package var counts: [(kind: Kind, count: Int)] {
        state.withLock { state in state.counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    /// By scenario.
    package var last: [(scenario: String, run: Last)] {
        state.withLock { state in state.last.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    /// `refused: the fleet is sick` has endless endings; a label must not.
    private static func word(_ outcome: String) -> String {
        String(outcome.prefix { $0 != ":" && $0 != " " })
    }
}
