import ChaosPlan
import Foundation

/// `grades.json`: canonical, a line for each fault kind, so that a review shows what changed.
public enum GradeBookJSON {
    /// Why a text is no book of grades.
    public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String

        public init(description: String) { self.description = description }
    }

    public static func encode(_ book: GradeBook) -> String {
        CanonicalJSON.object([
            "gauntlet_grades": .integer(Int64(GradeBook.format)), "measured": .text(book.measured),
            "versions": .list(book.versions.map { .text($0) }),
            "trials_needed": .integer(Int64(book.trialsNeeded)), "grades": .list(book.grades.map(grade)),
        ]).file
    }

    private static func grade(_ grade: FidelityGrade) -> CanonicalJSON {
        func list(_ fleets: [GradedFleet]) -> CanonicalJSON {
            .list(fleets.map { .object(["name": .text($0.name), "digest": .text(JournalHash.text($0.digest))]) })
        }
        return .object([
            "kind": .text(grade.kind), "level": .text(grade.level.rawValue),
            "live_trials": .integer(Int64(grade.trials)), "equivalent": .integer(Int64(grade.equivalent)),
            "compared": .integer(Int64(grade.compared)), "missing": .list(grade.missing.map { .text($0) }),
            "scenarios": .list(grade.scenarios.map { .text($0) }), "simulated_on": list(grade.simulatedFleets),
            "live_on": list(grade.liveFleets),
        ])
    }

    /// Strict: a key too many, a missing one, a word or number that cannot be is refused, because a misread grade lends trust
    /// that nothing has earned.
    public static func decode(_ text: String) throws(Malformed) -> GradeBook {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = Data(text.utf8)
        guard let mark = try? decoder.decode(GradeBookRecord.Mark.self, from: data) else {
            throw Malformed(description: "no book of grades")
        }
        guard mark.gauntletGrades == GradeBook.format else {
            throw Malformed(
                description: "grades of format \(mark.gauntletGrades); this version reads \(GradeBook.format)")
        }
        let record: GradeBookRecord
        do {
            record = try decoder.decode(GradeBookRecord.self, from: data)
        } catch let error as DecodingError {
            throw Malformed(description: describe(error))
        } catch {
            throw Malformed(description: "damaged: \(error)")
        }
        return try record.book()
    }

    private static func describe(_ error: DecodingError) -> String {
        func path(_ keys: [any CodingKey]) -> String {
            let path = keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
            return path.isEmpty ? "the book" : path
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(path(context.codingPath)) lacks \(key.stringValue)"
        case .valueNotFound(_, let context), .typeMismatch(_, let context), .dataCorrupted(let context):
            return "\(path(context.codingPath)): \(context.debugDescription)"
        @unknown default: return "damaged: \(error)"
        }
    }
}
