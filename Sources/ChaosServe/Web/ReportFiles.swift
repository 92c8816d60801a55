import Foundation
import Glibc

/// Reports on disk, read-only: `SCENARIO/RUN/report.html` below one folder and nothing else.
struct ReportFiles: Sendable {
    enum Found {
        case page([UInt8])
        case missing
        /// A path that nobody follows by a link of ours; to be audited.
        case refused
    }

    let root: String

    private static let pageName = "report.html"
    private static let largest = 64 << 20
    /// `SCENARIO/RUN/report.html`, and a folder more for series of runs.
    private static let deepest = 4

    /// `path`: as the request has it, still encoded, behind `/reports/`.
    func read(_ path: Substring) -> Found {
        var parts: [String] = []
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            // Decoded once and part by part: an encoded slash never becomes a separator.
            guard let name = String(part).removingPercentEncoding, Self.isName(name) else { return .refused }
            parts.append(name)
        }
        guard parts.last == Self.pageName, parts.count <= Self.deepest else { return .missing }
        var folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return .missing }
        defer { close(folder) }
        for name in parts.dropLast() {
            // Each step from the folder before, and never through a link: nothing outside can be reached.
            let next = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else { return Self.why(errno, name, in: folder) }
            close(folder)
            folder = next
        }
        let file = openat(folder, Self.pageName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return Self.why(errno, Self.pageName, in: folder) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.largest else {
            return .missing
        }
        return .page(Self.bytes(of: file, size: Int(status.st_size)))
    }

    /// What a run directory may be called; no `..`, nothing hidden, no separator.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.first != "." && name.utf8.count <= 255
            && name.unicodeScalars.allSatisfy { $0 != "/" && $0 != "\\" && $0.value >= 0x20 && $0.value != 0x7F }
    }

    /// A link gives ELOOP, or ENOTDIR where a folder was wanted: looked at once more to tell it from what is not there.
    private static func why(_ number: Int32, _ name: String, in folder: Int32) -> Found {
        if number == ELOOP { return .refused }
        var status = stat()
        let isLink = fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFLNK
        return isLink ? .refused : .missing
    }

    private static func bytes(of file: Int32, size: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + filled, size - filled) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            filled += count
        }
        return Array(bytes.prefix(filled))
    }
}
