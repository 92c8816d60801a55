import ChaosHistory
import Foundation

/// Which runs the baselines of a folder rest on: those that a baseline file names by directory or by journal hash, wherever in
/// it. So prune needs to know no more of a baseline than that it is JSON.
struct BaselineMentions {
    private var words: Set<String> = []
    private var runs: Set<String> = []

    /// A folder that is missing has none; a file that cannot be read might protect any run, and is refused.
    init(folder: String) throws(Failure) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names.sorted() where name.hasSuffix(".json") {
            let path = "\(folder)/\(name)"
            let text = try TextFile.read(path)
            guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            else {
                throw Failure(.invalidPlan, "\(path): not JSON; nothing is pruned while it cannot be read")
            }
            collect(value)
        }
    }

    /// The directories of the runs that they rest on. Of runs with the same journal, which are the same run, one is enough: the
    /// newest.
    func protected(of runs: [RunEntry]) -> Set<String> {
        var directories: Set<String> = []
        var newest: [String: RunEntry] = [:]
        for run in runs {
            if self.runs.contains(run.directory) { directories.insert(run.directory) }
            guard words.contains(run.journalHash) else { continue }
            if let other = newest[run.journalHash], (other.started, other.directory) > (run.started, run.directory) {
                continue
            }
            newest[run.journalHash] = run
        }
        return directories.union(newest.values.map(\.directory))
    }

    private mutating func collect(_ value: Any) {
        if let text = value as? String {
            words.insert(text)
            // Whatever root it was written with.
            runs.insert(text.split(separator: "/").suffix(2).joined(separator: "/"))
        } else if let list = value as? [Any] {
            for value in list { collect(value) }
        } else if let table = value as? [String: Any] {
            for (key, value) in table {
                collect(key)
                collect(value)
            }
        }
    }
}
