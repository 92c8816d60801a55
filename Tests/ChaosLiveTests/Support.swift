import ChaosPlan
import ChaosRun
import Foundation
import Testing

/// Keeps a journal's records.
final class Lines: JournalSink {
    private(set) var records: [JournalRecord] = []

    func write(_ record: JournalRecord) { records.append(record) }
}

enum Fixture {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path()

    /// A scenario of the catalogue.
    static func plan(_ name: String, overrides: [String] = []) throws -> Plan {
        let parts = name.split(separator: "@").map { String($0) }
        let file = "\(root)/scenarios/\(parts[0]).yaml"
        let reading = PlanReader.read(
            scenario: try String(contentsOfFile: file, encoding: .utf8), file: file,
            variant: parts.count > 1 ? parts[1] : nil, overrides: overrides
        ) { path in
            try? String(contentsOfFile: path.hasPrefix("/") ? path : "\(root)/scenarios/\(path)", encoding: .utf8)
        }
        return try #require(reading.plan, "\(reading.problems)")
    }
}
