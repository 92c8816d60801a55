/// Reads a YAML file whose shape another module defines, with all its problems at once: those of its shape and those that
/// only the other module can see.
package enum MarkedFile {
    /// - Parameters:
    ///   - marker: the key that says what kind of file it is.
    ///   - checks: called with the tree even where it does not fit its shape; what does not fit reads as zero or empty.
    /// - Returns: the tree, or nil when any problem is an error.
    package static func read(
        _ text: String, file: String, marker: String, as shape: ObjectShape, checks: (Value) -> [Problem]
    ) -> (value: Value?, problems: [Problem]) {
        let log = ProblemLog()
        guard let tree = SourceReader.read(text, file: file, log: log),
            RootCheck.isObject(tree, marker: marker, other: "gauntlet", log: log)
        else { return (nil, log.sorted) }
        var validator = Validator(log: log)
        let value = validator.read(tree, as: .object(shape), path: "")
        for problem in checks(value) {
            switch problem.severity {
            case .error: log.error(problem.place, problem.message, problem.hint)
            case .warning: log.warning(problem.place, problem.message, problem.hint)
            }
        }
        return (log.errorCount == 0 ? value : nil, log.sorted)
    }
}
