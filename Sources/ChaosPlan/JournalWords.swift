#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The words of a closed set, found by their bytes: no string is made to look one up.
struct JournalWords<Word: CaseIterable & RawRepresentable & Sendable>: Sendable where Word.RawValue == String {
    private var entries: [(word: Word, bytes: [UInt8])]

    init() {
        entries = Word.allCases.map { ($0, Array($0.rawValue.utf8)) }
    }

    func read(_ scanner: inout JournalScanner) throws(JournalScanner.Failure) -> Word {
        let start = scanner.at
        let text = try scanner.quoted()
        for entry in entries where entry.bytes.count == text.count {
            if entry.bytes.withUnsafeBytes({ memcmp($0.baseAddress!, text.baseAddress!, text.count) == 0 }) {
                return entry.word
            }
        }
        throw JournalScanner.Failure(
            offset: start, expected: "one of " + Word.allCases.map(\.rawValue).joined(separator: ", "))
    }
}
