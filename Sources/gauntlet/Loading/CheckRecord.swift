import ChaosPlan

/// `check --json`.
struct CheckRecord: Encodable {
    struct Entry: Encodable {
        var file: String
        var line: Int
        var column: Int
        var severity: String
        var message: String
        var hint: String
    }

    var files: Int
    var errors: Int
    var warnings: Int
    var problems: [Entry]

    init(files: Int, problems: [Problem]) {
        self.files = files
        errors = problems.count { $0.severity == .error }
        warnings = problems.count { $0.severity == .warning }
        self.problems = problems.map {
            Entry(
                file: $0.file, line: $0.line, column: $0.column, severity: $0.severity.rawValue, message: $0.message,
                hint: $0.hint)
        }
    }
}
