/// What `gauntlet fidelity` has found of the simulated world, fault kind by fault kind: an input of every report that shows
/// simulated numbers. It changes no number, no score and no verdict.
public struct GradeBook: Hashable, Sendable {
    public static let format = 1

    /// When the newest live trial began (without one, the newest simulated), UTC; empty where nobody knows.
    public var measured: String
    /// The engine's, of the simulated trials.
    public var versions: [String]
    /// Live trials of a fault kind below which nothing is called validated.
    public var trialsNeeded: Int
    /// By kind, each once.
    public var grades: [FidelityGrade]

    public init(measured: String, versions: [String], trialsNeeded: Int, grades: [FidelityGrade]) {
        self.measured = measured
        self.versions = versions
        self.trialsNeeded = trialsNeeded
        self.grades = grades
    }

    /// Nil where no trial had such a fault.
    public subscript(kind: String) -> FidelityGrade? { grades.first { $0.kind == kind } }
}

/// Where grades come from.
public enum GradeSource: Hashable, Sendable {
    case book(GradeBook)
    /// There is no book, and why. Every kind is unvalidated then: that is no error.
    case absent(because: String)

    /// Of each kind given, in order of name, once.
    public func grades(of kinds: some Sequence<String>) -> [FidelityGrade] {
        Set(kinds).sorted().map { kind in
            if case .book(let book) = self, let grade = book[kind] { return grade }
            return FidelityGrade(kind: kind, level: .unvalidated, trials: 0, missing: [], equivalent: 0, compared: 0)
        }
    }
}
