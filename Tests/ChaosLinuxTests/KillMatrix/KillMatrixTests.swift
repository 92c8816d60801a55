import ChaosLinux
import Foundation
import Testing

/// Every fault kind × every victim × every step of the fault's life: nothing of ours is left in force.
///
/// `make test` takes a few trials of each fault, every victim in turn, at a step drawn from the seed; `make kill-matrix`
/// takes GAUNTLET_KILLS of every cell, and as many at random instants, and writes the table.
@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized)
struct KillMatrixTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let kills = Int(environment["GAUNTLET_KILLS"] ?? "") ?? 0
    private static let seed = UInt64(environment["GAUNTLET_KILL_SEED"] ?? "") ?? 1
    /// Only under its own command, on cores that do nothing else, is the contract's second demanded.
    private static let patience: Int64 = kills > 0 ? 1_000_000_000 : 10_000_000_000

    @Test func whoeverDiesOrHangsNothingStaysInForce() throws {
        var draw = SplitMix(state: Self.seed)
        var cells: [(MatrixFault, Victim, Moment, Int64)] = []
        for (index, fault) in MatrixFault.all.enumerated() where Self.isWanted(fault) {
            for (place, victim) in Victim.allCases.enumerated() where Self.kills > 0 || (place + index) % 3 == 0 {
                let moments = Self.kills > 0 ? Moment.allCases : [Moment.allCases[Int(draw.next() % 6)]]
                for moment in moments {
                    for _ in 0..<max(1, Self.kills) {
                        cells.append((fault, victim, moment, Int64(draw.next() % 40_000_000)))
                    }
                }
            }
        }
        let results = try Crew(size: Self.kills > 0 ? 5 : 3).map(cells) { cell, arena in
            KillMatrix.trial(cell.0, cell.1, cell.2, delay: cell.3, in: arena, patience: Self.patience)
        }
        for trial in results {
            if case .residue(let what) = trial.outcome {
                Issue.record(
                    "seed \(Self.seed): \(trial.fault), \(trial.victim.rawValue) at \(trial.moment.rawValue): \(what)")
            }
        }
        let table = MatrixTable(results)
        #expect(table.kills > 0)
        print(table.summary)
        if let path = Self.environment["GAUNTLET_KILL_TABLE"] {
            try table.markdown.write(toFile: path, atomically: true, encoding: .utf8)
        }
    }

    /// Else the matrix would be blind.
    @Test func withUndoDisabledTheDetectorSeesEveryFault() throws {
        let faults = MatrixFault.all.filter { Self.isWanted($0) && !$0.isMomentary }
        let seen = try Crew(size: 3).map(faults) { fault, arena in
            try KillMatrix.isSeen(fault, in: arena)
        }
        for (fault, isSeen) in zip(faults, seen) { #expect(isSeen, "nothing of \(fault.name) is seen") }
    }

    private static func isWanted(_ fault: MatrixFault) -> Bool {
        environment["GAUNTLET_KILL_FAULT"].map { fault.name.contains($0) } ?? true
    }
}

/// A few threads, each with an arena of its own: most of a trial is waiting.
struct Crew {
    var size: Int

    func map<Item, Result>(_ items: [Item], _ work: @escaping (Item, Arena) throws -> Result) throws -> [Result] {
        let state = CrewState<Item, Result>(items: items, work: work)
        DispatchQueue.concurrentPerform(iterations: size) { _ in state.labour() }
        if let failure = state.failure { throw failure }
        return state.results.compactMap { $0 }
    }
}

private final class CrewState<Item, Result>: @unchecked Sendable {
    private let lock = NSLock()
    private let items: [Item]
    private let work: (Item, Arena) throws -> Result
    private var next = 0
    private(set) var results: [Result?]
    private(set) var failure: (any Error)?

    init(items: [Item], work: @escaping (Item, Arena) throws -> Result) {
        self.items = items
        self.work = work
        results = Array(repeating: nil, count: items.count)
    }

    func labour() {
        do {
            var arena = try Arena()
            while let index = take() {
                if arena.isSpoilt { arena = try Arena() }
                let result = try work(items[index], arena)
                lock.withLock { results[index] = result }
            }
        } catch {
            lock.withLock { failure = error }
        }
    }

    private func take() -> Int? {
        lock.withLock {
            guard next < items.count, failure == nil else { return nil }
            next += 1
            return next - 1
        }
    }
}
