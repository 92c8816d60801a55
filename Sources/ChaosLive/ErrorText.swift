import Glibc

/// What a program writes to its standard error, kept in a file that has no name any more.
final class ErrorText: Sendable {
    let descriptor: Int32

    init() throws(LiveError) {
        var template = Array("/tmp/gauntlet-errors-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw LiveError("no file for errors could be made in /tmp: \(String(cString: strerror(errno)))")
        }
        // Whoever else is started closes all but what it is given.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
    }

    deinit { close(descriptor) }

    /// Its end.
    var text: String {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        let size = lseek(descriptor, 0, SEEK_CUR)
        let count = pread(descriptor, &buffer, buffer.count, max(0, size - off_t(buffer.count)))
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
