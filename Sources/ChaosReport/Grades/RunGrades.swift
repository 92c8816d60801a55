public import ChaosScore

/// How far the numbers of one simulated run may be trusted: the grade of each kind of fault that it injected, and in what the
/// run differs from what was measured.
///
/// A pure function of scorecard and grades, and no part of the scorecard: what is measured tomorrow changes no number of today.
public struct RunGrades: Hashable, Sendable {
    /// By kind.
    public var grades: [FidelityGrade]
    /// Why the grades are not, or not quite, of this run; each a sentence without its stop, for after the grades.
    public var notes: [String]
    /// When and with what the grades were measured; nil without any.
    public var provenance: String?

    /// Nil for a run in the live world, which measures and needs no grade, and for one without a fault.
    public init?(_ card: Scorecard, _ source: GradeSource) {
        let kinds = card.faults.filter { $0.commanded != nil }.map(\.kind)
        guard card.world == "simulated", !kinds.isEmpty else { return nil }
        grades = source.grades(of: kinds)
        switch source {
        case .absent(let reason):
            notes = [reason]
        case .book(let book):
            let looked = grades.filter { $0.level != .unvalidated }
            var notes: [String] = []
            for grade in looked {
                guard let note = Self.fleetNote(grade, card), !notes.contains(note) else { continue }
                notes.append(note)
            }
            if !looked.isEmpty, !book.versions.contains(card.version) {
                notes.append(
                    "measured with gauntlet \(book.versions.joined(separator: ", ")); this run is of \(card.version)")
            }
            self.notes = notes
            provenance = Self.provenance(book)
        }
    }

    private static func fleetNote(_ grade: FidelityGrade, _ card: Scorecard) -> String? {
        guard !grade.simulatedFleets.contains(where: { $0.digest == card.fleetDigest }) else { return nil }
        let names = grade.simulatedFleets.map(\.name).joined(separator: ", ")
        if let live = grade.liveFleets.first(where: { $0.digest == card.fleetDigest }) {
            return "measured on fleet \(names); this run's is \(live.name), which only the live trials ran on"
        }
        return "measured on fleet \(names); this run's fleet differs"
    }

    private static func provenance(_ book: GradeBook) -> String {
        let versions = book.versions.isEmpty ? "" : " with gauntlet \(book.versions.joined(separator: ", "))"
        let date = book.measured.isEmpty ? "" : " \(book.measured.prefix(10))"
        return
            "Measured\(date)\(versions). Validated takes \(book.trialsNeeded) live trials of the fault kind, and equivalence shown for availability over the impact and for each of its times."
    }
}

extension RunGrades {
    /// `kill: partial (32 live trials; 10 of 16 equivalent)`, one for each kind.
    public var items: [String] {
        grades.map { "\($0.kind): \(provenance == nil ? $0.level.rawValue : $0.text)" }
    }

    /// All in one paragraph.
    public var sentence: String {
        (["Fidelity of these simulated numbers: \(items.joined(separator: ", "))"] + notes.map(Self.capitalized))
            .map { $0 + "." }.joined(separator: " ")
    }

    static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}

extension RunGrades: Encodable {
    private struct Record: Encodable {
        struct Grade: Encodable {
            var kind: String
            var level: String
            var liveTrials: Int
            var equivalent: Int
            var compared: Int
            var missing: [String]
        }

        var grades: [Grade]
        var notes: [String]
    }

    public func encode(to encoder: any Encoder) throws {
        try Record(
            grades: grades.map {
                .init(
                    kind: $0.kind, level: $0.level.rawValue, liveTrials: $0.trials, equivalent: $0.equivalent,
                    compared: $0.compared, missing: $0.missing)
            }, notes: notes
        ).encode(to: encoder)
    }
}
