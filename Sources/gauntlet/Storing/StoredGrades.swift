import ChaosReport
import ChaosScore
import Foundation

/// How far simulated numbers may be trusted, on disk: committed like a baseline, and looked for beside them.
enum StoredGrades {
    static let path = "reports/fidelity/grades.json"

    /// Of the file that `GAUNTLET_GRADES` names, else of the committed one. Without it, or where it cannot be read, nothing is
    /// known: that makes no run fail, and every report says so.
    static func source() -> GradeSource {
        let given = ProcessInfo.processInfo.environment["GAUNTLET_GRADES"] ?? ""
        let path = given.isEmpty ? path : given
        guard TextFile.exists(path) else {
            return .absent(because: "no grades: there is no \(path); `gauntlet fidelity` makes one")
        }
        do {
            return .book(try GradeBookJSON.decode(try TextFile.read(path)))
        } catch let malformed as GradeBookJSON.Malformed {
            return .absent(because: "no grades: \(path): \(malformed.description)")
        } catch let failure as Failure {
            return .absent(because: "no grades: \(failure.message)")
        } catch {
            preconditionFailure("reading grades throws nothing else: \(error)")
        }
    }

    /// Nil for a live run, and for one without a fault.
    static func of(_ card: Scorecard) -> RunGrades? { RunGrades(card, source()) }
}
