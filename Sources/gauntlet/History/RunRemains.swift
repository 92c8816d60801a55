import ChaosHistory
import ChaosReport
import Foundation

/// A recorded run's directory that is to go. Made only for a directory that this run has written, or for one that is gone.
struct RunRemains {
    /// Nil where it is gone already.
    private let path: String?
    /// All of its files.
    let bytes: Int64

    /// - Throws: what is wrong with the directory, where anything is: then it is somebody else's.
    init(root: String, run: RunEntry) throws(Failure) {
        let path = "\(root)/\(run.directory)"
        let parts = run.directory.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let place = RunDirectory(scenario: run.scenario, runID: parts[1]),
            place.scenario == parts[0], place.runID == parts[1]
        else { throw Failure(.unavailable, "\(path) is not named like a run of \(run.scenario)") }
        switch (PlainFile.kind("\(root)/\(parts[0])"), PlainFile.kind(path)) {
        case (nil, _), (.directory, nil):
            self.path = nil
            bytes = 0
            return
        case (.directory, .directory): break
        default: throw Failure(.unavailable, "\(path) is no directory, or lies behind a link")
        }
        let file = "\(path)/\(RunStore.record)"
        // A deletion that was broken off has left this file for last, or an empty directory.
        let isEmpty = (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty == true
        if !isEmpty {
            guard PlainFile.kind(file) == .file else {
                throw Failure(.unavailable, "\(path) is not a run directory: it has no \(RunStore.record)")
            }
            let record = try RunStore(path: path).readRecord()
            guard record.scenario == run.scenario, record.planDigest == run.planDigest else {
                throw Failure(.unavailable, "\(path) holds another run than the one recorded")
            }
            // One that died says that it is running for ever; that it does not is to be seen from its journal.
            guard record.ending != RunRecord.running || !RunStore(path: path).isGoingOn else {
                throw Failure(.unavailable, "\(path) is of a run that goes on")
            }
        }
        self.path = path
        bytes = Self.size(path)
    }

    /// Everything in it, what tells whose it is last.
    func delete() throws(Failure) {
        guard let path else { return }
        do {
            let files = FileManager.default
            for name in try files.contentsOfDirectory(atPath: path) where name != RunStore.record {
                try files.removeItem(atPath: "\(path)/\(name)")
            }
            let record = "\(path)/\(RunStore.record)"
            if PlainFile.kind(record) != nil { try files.removeItem(atPath: record) }
        } catch {
            throw Failure(.toolFailure, "\(path): \(error.localizedDescription)")
        }
        guard rmdir(path) == 0 else { throw Failure(.toolFailure, "\(path): \(SystemError.text(errno))") }
    }

    private static func size(_ path: String) -> Int64 {
        var sum: Int64 = 0
        for name in FileManager.default.enumerator(atPath: path)?.compactMap({ $0 as? String }) ?? [] {
            var status = stat()
            if lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                sum += Int64(status.st_size)
            }
        }
        return sum
    }
}
