/// Reads a text of one object by a shape that another module defines: the same checks and the same messages as for
/// scenario and fleet files.
package enum ObjectReader {
    /// The value, or nil with every problem found. `name` stands for the file in messages.
    package static func read(_ text: String, name: String, as shape: ObjectShape) -> (
        value: Value?, problems: [Problem]
    ) {
        let log = ProblemLog()
        guard let tree = SourceReader.read(text, file: name, log: log) else { return (nil, log.sorted) }
        guard case .object = tree.content else {
            log.error(tree.place, "\(tree.what) where \(shape.name) is expected", "write one object in braces")
            return (nil, log.sorted)
        }
        var validator = Validator(log: log)
        let value = validator.read(tree, as: .object(shape), path: "")
        return (log.errorCount == 0 && value.isSound ? value : nil, log.sorted)
    }

    /// The integer under a key of an object that need not fit any shape; nil where there is none.
    package static func integer(_ key: String, in text: String) -> Int? {
        SourceReader.read(text, file: "", log: ProblemLog())?[key]?.scalar.flatMap { Int($0) }
    }
}
