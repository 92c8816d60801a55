import Foundation

/// Whole files, with errors that name the file and what the system said.
enum TextFile {
    static func read(_ path: String) throws(Failure) -> String {
        let bytes = try bytes(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.invalidPlan, "\(path): not UTF-8 text")
        }
        return text
    }

    static func bytes(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw missing(path, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw missing(path, errno)
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// In one step: nobody sees half a file, and a full disk leaves the old one.
    static func write(_ text: String, to path: String) throws(Failure) { try write(Array(text.utf8), to: path) }

    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let draft = path + ".part"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw unwritable(path, errno) }
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress! + offset, bytes.count - offset)
            }
            if written < 0 {
                if errno == EINTR { continue }
                let code = errno
                close(descriptor)
                unlink(draft)
                throw unwritable(path, code)
            }
            offset += written
        }
        guard close(descriptor) == 0, rename(draft, path) == 0 else {
            let code = errno
            unlink(draft)
            throw unwritable(path, code)
        }
    }

    /// With all directories above it.
    static func makeDirectory(_ path: String) throws(Failure) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made == "/" ? String(part) : "/\(part)"
            guard mkdir(made, 0o755) != 0 else { continue }
            let code = errno
            if code != EEXIST || !isDirectory(made) { throw unwritable(made, code == EEXIST ? ENOTDIR : code) }
        }
    }

    static func unwritable(_ path: String, _ code: Int32) -> Failure {
        Failure(.toolFailure, "cannot write \(path): \(SystemError.text(code))")
    }

    private static func missing(_ path: String, _ code: Int32) -> Failure {
        Failure(.unavailable, "cannot read \(path): \(SystemError.text(code))")
    }
}
