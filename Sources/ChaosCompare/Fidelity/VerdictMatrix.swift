import ChaosPlan
public import ChaosScore

/// What the simulation foretold of each objective against what each live trial found.
public struct VerdictMatrix: Hashable, Sendable {
    /// `counts[foretold][found]`, both in the order of `Judgement.allCases`.
    public private(set) var counts: [[Int]]

    public init() { counts = Array(repeating: Array(repeating: 0, count: Self.order.count), count: Self.order.count) }

    public static let order = Judgement.allCases

    public subscript(foretold: Judgement, found: Judgement) -> Int {
        get { counts[Self.index(foretold)][Self.index(found)] }
        set { counts[Self.index(foretold)][Self.index(found)] = newValue }
    }

    /// Live trials' judgements of objectives that the simulation said would hold.
    public var foretoldHeld: Int { self[.held, .held] + self[.held, .missed] }
    /// Of those, the ones that were missed: the error that costs most.
    public var falsePasses: Int { self[.held, .missed] }
    /// Wilson's, 95 %; nil where nothing was foretold to hold. Objectives of one trial are not independent of each other,
    /// so this is narrower than the truth.
    public var falsePassRate: Interval? {
        foretoldHeld > 0 ? BinomialInterval.wilson(successes: falsePasses, trials: foretoldHeld) : nil
    }

    /// The simulation's word is what most of its trials say; with as many on two sides, the gravest.
    mutating func add(_ trials: FidelityTrials) {
        var foretold: [String: Judgement] = [:]
        for id in Set(trials.simulated.flatMap { $0.scorecard.objectives.map(\.objective.id) }) {
            let judgements = trials.simulated.compactMap { $0.scorecard.objective(id)?.judgement }
            foretold[id] = Self.gravity.max { a, b in
                judgements.count { $0 == a } < judgements.count { $0 == b }
            }
        }
        for trial in trials.live {
            for result in trial.scorecard.objectives {
                if let word = foretold[result.objective.id] { self[word, result.judgement] += 1 }
            }
        }
    }

    /// Gravest first: of equals `max` keeps the first.
    private static let gravity: [Judgement] = [.missed, .inconclusive, .held]

    private static func index(_ judgement: Judgement) -> Int { order.firstIndex(of: judgement)! }
}

extension Scorecard {
    fileprivate func objective(_ id: String) -> ObjectiveResult? { objectives.first { $0.objective.id == id } }
}
