/// What came of reading a scenario.
public struct Reading: Sendable {
    public struct File: Hashable, Sendable {
        /// As `load` was asked for it; the scenario's own comes first, as the operator named it.
        public var path: String
        public var text: String

        public init(path: String, text: String) {
            self.path = path
            self.text = text
        }
    }

    /// Nil when any problem is an error.
    public var plan: Plan?
    /// All of them, sorted by place.
    public var problems: [Problem]
    /// Everything read: enough to store beside a run and to read again.
    public var files: [File]
    /// Names of the scenario's variants, in file order.
    public var variants: [String]

    public init(plan: Plan?, problems: [Problem], files: [File], variants: [String]) {
        self.plan = plan
        self.problems = problems
        self.files = files
        self.variants = variants
    }
}
