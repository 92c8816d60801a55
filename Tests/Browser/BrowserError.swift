/// Why the browser did not do what it was asked: one sentence.
public struct BrowserError: Error, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
