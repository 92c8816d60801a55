/// Why the page cannot be served, in one sentence for the operator.
public struct ServeFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
