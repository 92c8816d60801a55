/// Columns of words for the terminal: the first flush left, the others flush right, two spaces before each.
struct TextTable {
    private var rows: [[String]]

    init(_ heading: [String]) { rows = [heading] }

    mutating func add(_ row: [String]) {
        precondition(row.count == rows[0].count, "every row of a table has the heading's columns")
        rows.append(row)
    }

    var isEmpty: Bool { rows.count == 1 }

    /// One line per row, each with its newline.
    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + padding : padding + cell
            }
            var line = "  " + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
