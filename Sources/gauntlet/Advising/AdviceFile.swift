import Foundation

/// What advice leaves on disk.
enum AdviceFile {
    /// In a run's directory.
    static let name = "advice.json"

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
