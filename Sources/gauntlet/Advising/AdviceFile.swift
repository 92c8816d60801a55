import ChaosCompare
import ChaosReport
import Foundation

/// What advice leaves on disk.
enum AdviceFile {
    /// In a run's directory.
    static let name = "advice.json"

    /// For the report; none where there is no advice, or where it is of another version: a report can do without.
    static func lines(in store: RunStore) -> [AdviceLine] {
        let file = store.path(of: name)
        guard TextFile.exists(file), let text = try? TextFile.read(file),
            let stored = try? JSONText.decode(Stored.self, from: text, file: file),
            stored.gauntletAdvice == Advice.format
        else { return [] }
        return stored.lines.map { AdviceLine(objective: $0.objective, sentence: $0.sentence) }
    }

    private struct Stored: Decodable {
        struct Line: Decodable {
            var objective: String
            var sentence: String
        }

        var gauntletAdvice: Int
        var lines: [Line]
    }

    /// A file that must not be there yet: nothing that somebody wrote is ever replaced.
    static func create(_ text: String, at path: String) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TextFile.unwritable(path, errno) }
        close(descriptor)
        do throws(Failure) {
            try TextFile.write(text, to: path)
        } catch {
            unlink(path)
            throw error
        }
    }
}
