import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Parses text as XML and says what is wrong with it.
enum WellFormed {
    static func problem(in text: String) -> String? {
        let parser = XMLParser(data: Data(text.utf8))
        if parser.parse() { return nil }
        return "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "unknown")"
    }
}
