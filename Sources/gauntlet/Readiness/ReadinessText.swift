import ChaosHistory
import ChaosPlan
import ChaosReport

/// The checklist for the terminal: of what is go a line, of what is not every reason.
enum ReadinessText {
    static func render(_ readiness: Readiness, grades: GradeSource) -> String {
        var lines = [line(readiness)]
        var area = ""
        let width = readiness.rows.map(\.promise.id.count).max() ?? 0
        for row in readiness.rows where row.decision != .outside {
            if row.promise.area != area {
                area = row.promise.area
                lines += ["", area]
            }
            let id = row.promise.id + String(repeating: " ", count: width - row.promise.id.count)
            let mark = row.decision.rawValue + String(repeating: " ", count: 5 - row.decision.rawValue.count)
            lines.append("  \(mark)  \(id)  \(row.promise.value)  \(weight(row))")
            guard row.decision == .noGo else { continue }
            lines += row.evidence.filter { $0.state != .held && !$0.isAdvisory }.map { "           \(sentence($0))" }
        }
        let outside = readiness.rows.filter { $0.decision == .outside }
        if !outside.isEmpty {
            lines += ["", "not by a run (\(outside.count)): \(outside.map(\.promise.id).joined(separator: ", "))"]
        }
        if let sentence = fidelity(readiness, grades: grades) { lines += ["", sentence] }
        if !readiness.commands.isEmpty {
            lines += ["", "to make what is missing:"] + readiness.commands.map { "  \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// How far the simulated evidence may be trusted, one level after the other; nil where no evidence is simulated.
    static func fidelity(_ readiness: Readiness, grades source: GradeSource) -> String? {
        let grades = source.grades(of: readiness.simulatedFaults)
        guard !grades.isEmpty else { return nil }
        let levels = FidelityGrade.Level.allCases.compactMap { level -> String? in
            let kinds = grades.filter { $0.level == level }.map(\.kind)
            return kinds.isEmpty ? nil : "\(level.rawValue) for \(kinds.joined(separator: ", "))"
        }
        var text = "fidelity of the simulated evidence: \(levels.joined(separator: "; "))"
        switch source {
        case .absent(let reason): text += " (\(reason))"
        case .book(let book):
            let fleets = Set(
                book.grades.filter { grade in grades.contains { $0.kind == grade.kind } }
                    .flatMap(\.simulatedFleets).map(\.name))
            if !fleets.isEmpty { text += " (measured on fleet \(fleets.sorted().joined(separator: ", ")))" }
        }
        return text
    }

    /// The one to search for.
    static func line(_ readiness: Readiness) -> String {
        "readiness=\(readiness.isGo ? "go" : "no-go") go=\(readiness.count(.go)) no-go=\(readiness.count(.noGo)) "
            + "aims=\(readiness.count(.aim)) outside=\(readiness.count(.outside)) "
            + "max-age=\(Readiness.Evidence.words(age: readiness.maxAge).filter { $0 != " " })"
    }

    /// How much there is, and how old the oldest of it.
    private static func weight(_ row: Readiness.Row) -> String {
        let held = row.evidence.filter { $0.state == .held }
        let oldest = held.compactMap(\.age).max().map { ", oldest \(Readiness.Evidence.words(age: $0))" } ?? ""
        let worlds = Set(held.compactMap(\.world)).sorted().joined(separator: " and ")
        if row.evidence.isEmpty { return "nothing in the catalogue tests it" }
        return "\(held.count) of \(row.evidence.count) held\(worlds.isEmpty ? "" : " (\(worlds))")\(oldest)"
    }

    /// With its world and age whatever its state, for the page.
    static func full(_ evidence: Readiness.Evidence) -> String {
        sentence(evidence) + (evidence.isAdvisory ? " (advisory)" : "")
    }

    private static func sentence(_ evidence: Readiness.Evidence) -> String {
        let what = "\(evidence.scenario): \(evidence.objective)"
        switch evidence.state {
        case .none: return "\(what): no evidence\(evidence.note.isEmpty ? "" : " (\(evidence.note))")"
        default:
            return
                "\(what): \(evidence.state.rawValue), \(evidence.measured), \(evidence.world ?? ""), \(evidence.ageText) old, \(evidence.run ?? "")"
        }
    }
}
