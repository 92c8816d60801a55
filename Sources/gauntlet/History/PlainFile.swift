import Foundation

/// What lies at a path, links not followed.
enum PlainFile {
    enum Kind {
        case file, directory, other
    }

    static func kind(_ path: String) -> Kind? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        default: return .other
        }
    }
}
