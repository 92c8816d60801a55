import ChaosPlan

/// Every promise, with the objectives that put it to the test.
struct PromiseMatrix: Encodable {
    struct Row: Encodable {
        var id: String
        var area: String
        var text: String
        var value: String
        var tested: Bool
        var reason: String
        /// `scenario: objective`.
        var by: [String]
    }

    var rows: [Row]
    /// Cited, but in no row.
    var unknown: [String]

    static func read(_ catalogue: [Catalogue.Entry]) throws(Failure) -> PromiseMatrix {
        let file = try ScenarioLocator.promises()
        let (book, problems) = PromiseBook.read(text: try TextFile.read(file), file: file)
        for problem in problems { Terminal.note(problem.description) }
        guard let book else { throw Failure(.invalidPlan, "\(file): \(problems.count) errors") }
        var citations: [String: [String]] = [:]
        for entry in catalogue {
            for cite in entry.cites { citations[cite.promise, default: []].append("\(entry.name): \(cite.objective)") }
        }
        let ids = Set(book.promises.map(\.id))
        return PromiseMatrix(
            rows: book.promises.map { promise in
                Row(
                    id: promise.id, area: promise.area, text: promise.text, value: promise.value,
                    tested: promise.tested, reason: promise.reason,
                    by: citations[promise.id] ?? [])
            },
            unknown: citations.keys.filter { !ids.contains($0) }.sorted())
    }

    /// Tested ones with who tests them, the others with why not.
    var text: String {
        var lines: [String] = []
        var area = ""
        for row in rows {
            if row.area != area {
                area = row.area
                lines += lines.isEmpty ? [area] : ["", area]
            }
            lines.append("  \(row.id)  \(row.text): \(row.value)")
            if row.by.isEmpty {
                lines.append("      not tested: \(row.reason.isEmpty ? "NOTHING CITES IT" : row.reason)")
            } else {
                let shown = row.by.prefix(6).joined(separator: ", ")
                lines.append("      \(row.by.count) × \(shown)\(row.by.count > 6 ? ", …" : "")")
            }
        }
        let tested = rows.count { !$0.by.isEmpty }
        let silent = rows.count { $0.by.isEmpty && $0.reason.isEmpty }
        lines += [
            "",
            "\(rows.count) promises: \(tested) put to the test, \(rows.count - tested - silent) not, with the reason, \(silent) without one",
        ]
        if !unknown.isEmpty { lines.append("cited but not in the book: \(unknown.joined(separator: ", "))") }
        return lines.joined(separator: "\n") + "\n"
    }
}
