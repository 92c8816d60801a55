internal import ChaosPlan
internal import Foundation

/// `scorecard.json`: written beside every run, read back by the gate and the trend store. Keys are sorted and carry their
/// unit; the score has two decimals; digests are 16 hexadecimal digits.
public enum ScorecardJSON {
    public static let format = 1

    /// Why a text is no scorecard.
    public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String

        public init(description: String) { self.description = description }
    }

    public static func encode(_ card: Scorecard) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do {
            return Array(try encoder.encode(ScorecardRecord(card))) + [0x0A]
        } catch {
            // Only numbers that are none could fail, and no formula of ours divides by zero.
            preconditionFailure("a scorecard could not be encoded: \(error)")
        }
    }

    public static func decode(_ bytes: [UInt8]) throws(Malformed) -> Scorecard {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let record: ScorecardRecord
        do {
            record = try decoder.decode(ScorecardRecord.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw Malformed(description: describe(error))
        } catch {
            throw Malformed(description: "not a scorecard: \(error)")
        }
        guard record.gauntletScorecard == format else {
            throw Malformed(
                description: "scorecard format \(record.gauntletScorecard) is not known; this version reads \(format)")
        }
        return try record.scorecard()
    }

    private static func describe(_ error: DecodingError) -> String {
        func path(_ keys: [any CodingKey]) -> String {
            keys.isEmpty
                ? "the scorecard" : keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(path(context.codingPath)) lacks \(key.stringValue)"
        case .valueNotFound(_, let context), .typeMismatch(_, let context), .dataCorrupted(let context):
            return "\(path(context.codingPath)): \(context.debugDescription)"
        @unknown default: return "not a scorecard: \(error)"
        }
    }
}
