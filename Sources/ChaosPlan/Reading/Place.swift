/// Where in a text something stands, so that every problem can be found with an editor.
public struct Place: Hashable, Sendable {
    /// As the operator named it; for `--set path=value` the option itself.
    public var file: String
    /// From 1.
    public var line: Int
    /// From 1, counted in Unicode scalars.
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = Swift.max(1, line)
        self.column = Swift.max(1, column)
    }
}
