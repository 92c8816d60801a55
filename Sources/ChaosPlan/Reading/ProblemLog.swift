/// Collects the problems of one reading, so that an operator sees all of them at once.
final class ProblemLog {
    private(set) var problems: [Problem] = []
    private(set) var errorCount = 0

    func error(_ place: Place, _ message: String, _ hint: String = "") {
        problems.append(Problem(place: place, severity: .error, message: message, hint: hint))
        errorCount += 1
    }

    func warning(_ place: Place, _ message: String, _ hint: String = "") {
        problems.append(Problem(place: place, severity: .warning, message: message, hint: hint))
    }

    /// By place: files in the order in which they were first complained about, then line and column.
    var sorted: [Problem] {
        var order: [String: Int] = [:]
        for problem in problems where order[problem.file] == nil { order[problem.file] = order.count }
        let ranked = problems.enumerated().sorted { a, b in
            let left = (order[a.element.file] ?? 0, a.element.line, a.element.column, a.offset)
            let right = (order[b.element.file] ?? 0, b.element.line, b.element.column, b.offset)
            return left < right
        }
        var seen: Set<Problem> = []
        return ranked.map(\.element).filter { seen.insert($0).inserted }
    }
}
