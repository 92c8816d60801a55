/// How far the page's numbers may be trusted, where they are simulated.
package enum GradesSection {
    /// - Parameter run: which, where the page shows several.
    package static func render(_ grades: RunGrades?, of run: String? = nil) -> Markup {
        guard let grades else { return .empty }
        let items = grades.grades.flatMap { grade -> [Markup] in
            return (measured(grade) + grade.missing).map { reason -> Markup in
                "<li><strong>\(grade.kind)</strong> \(reason)</li>\n"
            }
        }
        let provenance: Markup = grades.provenance.map { "<p>\($0)</p>\n" } ?? .empty
        let list: Markup = items.isEmpty ? .empty : "<ul>\n\(items)</ul>\n"
        let details: Markup =
            items.isEmpty && grades.provenance == nil
            ? .empty : "<details><summary>Why</summary>\n\(provenance)\(list)</details>\n"
        let name: Markup = run.map { "<strong>\($0)</strong> " } ?? .empty
        return """
            <div class="fidelity"><p>\(name)\(grades.sentence)</p>
            \(details)</div>

            """
    }

    /// In what and on which fleets.
    private static func measured(_ grade: FidelityGrade) -> [String] {
        guard !grade.scenarios.isEmpty else { return [] }
        let worlds = [("simulated", grade.simulatedFleets), ("live", grade.liveFleets)].compactMap { world, fleets in
            fleets.isEmpty ? nil : "\(world) on \(fleets.map(\.text).joined(separator: ", "))"
        }
        return [(["measured in \(grade.scenarios.joined(separator: ", "))"] + worlds).joined(separator: "; ")]
    }
}
