import ChaosPlan
import ChaosScore

/// Finds the changes worth judging: one seed on every dial, then more seeds on fewer changes (successive halving, Jamieson and
/// Talwalkar 2016). What it finds is judged on other seeds.
struct AdviceSearch {
    /// Dials that go on from each look, for each objective: turned as far as they go, on their whole ladder, on all
    /// screening seeds.
    private static let dials = 12
    private static let ladders = 8
    private static let finalists = 6

    let runs: AdviceRuns
    let plan: Plan
    let screening: [UInt64]
    /// Indices of the objectives to be met.
    let targets: [Int]

    /// The dials that change anything here, and the changes to be judged, in the order of promise.
    func find(_ levers: [Lever]) async -> (acting: [Lever], finalists: [PolicyChange]) {
        let first = screening[0]
        let few = Array(screening.prefix(3))
        runs.proceed(to: 0.3)
        await runs.runFirstPossible(levers.flatMap(\.extremes), on: first)
        let hash = runs.samples(nil, [first]).first?.hash
        let acting = levers.filter { lever in
            lever.changes.contains { runs.samples($0, [first]).first.map { $0.hash != hash } ?? false }
        }

        runs.proceed(to: 0.5)
        let turned = acting.flatMap { lever in
            lever.changes.filter { !runs.samples($0, [first]).isEmpty } + lever.middles
        }
        await runs.run(turned, on: few)
        let promising = names { best(acting, on: few, for: $0, keeping: Self.dials) }

        runs.proceed(to: 0.65)
        let chosen = acting.filter { promising.contains($0.name) }
        await runs.run(chosen.flatMap(\.changes), on: few)

        runs.proceed(to: 0.72)
        var candidates: [PolicyChange] = []
        for target in targets {
            for lever in best(chosen, on: few, for: target, keeping: Self.ladders) {
                candidates += picks(lever, on: few, for: target)
            }
        }
        candidates = distinct(candidates)
        await runs.run(candidates, on: screening)
        return (acting, distinct(targets.flatMap { finalists(candidates, for: $0) }))
    }

    private func names(_ levers: (Int) -> [Lever]) -> Set<String> { Set(targets.flatMap { levers($0).map(\.name) }) }

    private func distinct(_ changes: [PolicyChange]) -> [PolicyChange] {
        var seen: Set<PolicyChange> = []
        return changes.filter { seen.insert($0).inserted }
    }

    // MARK: Ranks

    /// Nil for what was not run on all of them.
    private func badness(_ change: PolicyChange?, on seeds: [UInt64], for target: Int) -> Badness? {
        let samples = runs.samples(change, seeds)
        guard samples.count == seeds.count else { return nil }
        return Badness(samples, target, plan.objectives[target].limit)
    }

    /// Those with a change that helps, the most helpful first.
    private func best(_ levers: [Lever], on seeds: [UInt64], for target: Int, keeping count: Int) -> [Lever] {
        guard let base = badness(nil, on: seeds, for: target) else { return [] }
        let ranked = levers.enumerated().compactMap { position, lever -> (badness: Badness, position: Int)? in
            let least = lever.changes.compactMap { badness($0, on: seeds, for: target) }.min()
            return least.flatMap { $0 < base ? ($0, position) : nil }
        }
        return ranked.sorted { ($0.badness, $0.position) < ($1.badness, $1.position) }.prefix(count)
            .map { levers[$0.position] }
    }

    /// Of one dial the smallest change that suffices, and the one that does most.
    private func picks(_ lever: Lever, on seeds: [UInt64], for target: Int) -> [PolicyChange] {
        guard let base = badness(nil, on: seeds, for: target) else { return [] }
        let helpful = lever.changes.compactMap { change in
            badness(change, on: seeds, for: target).flatMap { $0 < base ? (change: change, badness: $0) : nil }
        }
        let enough = helpful.filter { $0.badness.missed == 0 }.map(\.change)
        let smallest = enough.min { $0.isSmaller(than: $1) }
        let harmless = enough.filter { broken($0, on: seeds) == 0 }.min { $0.isSmaller(than: $1) }
        let most = helpful.min { ($0.badness, $0.change.factor) < ($1.badness, $1.change.factor) }?.change
        return [smallest, harmless, most].compactMap { $0 }
    }

    /// How many other objectives more seeds miss than without it; runs that can no longer be judged count as one.
    private func broken(_ change: PolicyChange, on seeds: [UInt64]) -> Int {
        let (before, after) = (runs.samples(nil, seeds), runs.samples(change, seeds))
        guard after.count == before.count else { return 0 }
        let missed = plan.objectives.indices.count { index in
            !plan.objectives[index].advisory
                && after.count { $0.objectives[index].judgement == .missed }
                    > before.count { $0.objectives[index].judgement == .missed }
        }
        return missed + (after.count { $0.doubt != nil } > before.count { $0.doubt != nil } ? 1 : 0)
    }

    /// Two of a dial at most, so that there is something to choose from.
    private func finalists(_ candidates: [PolicyChange], for target: Int) -> [PolicyChange] {
        // Cut short, what was run on fewer seeds has to do.
        let seeds =
            candidates.contains { badness($0, on: screening, for: target) != nil }
            ? screening : Array(screening.prefix(3))
        guard let base = badness(nil, on: seeds, for: target) else { return [] }
        let helpful = candidates.compactMap { change in
            badness(change, on: seeds, for: target).flatMap { $0 < base ? (change: change, badness: $0) : nil }
        }
        let ranked = helpful.sorted { a, b in
            if a.badness.missed > 0 || b.badness.missed > 0 { return a.badness < b.badness }
            let (first, second) = (broken(a.change, on: seeds), broken(b.change, on: seeds))
            return first == second ? a.change.isEasier(than: b.change) : first < second
        }
        var taken: [String: Int] = [:]
        return Array(
            ranked.map(\.change).filter { change in
                taken[change.lever, default: 0] += 1
                return taken[change.lever]! <= 2
            }.prefix(Self.finalists))
    }
}
