#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Whole lines out of a file or an array, through one buffer that grows only for a line longer than itself.
///
/// Read in chunks and not mapped into memory: a file cut short while it is mapped would kill the reader by a signal,
/// and a journal may be read while it is being written, or come through a pipe.
final class JournalSource {
    private var buffer: UnsafeMutableRawBufferPointer
    /// Unread bytes are `buffer[start..<stop]`.
    private var start = 0
    private var stop = 0
    /// -1 when everything is in the buffer.
    private var descriptor: Int32
    private let path: String

    init(bytes: [UInt8]) {
        buffer = .allocate(byteCount: max(1, bytes.count), alignment: 16)
        buffer.copyBytes(from: bytes)
        stop = bytes.count
        descriptor = -1
        path = ""
    }

    init(path: String, chunk: Int) throws(JournalError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        buffer = .allocate(byteCount: chunk, alignment: 16)
        self.path = path
    }

    deinit {
        buffer.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    /// The next line with its newline, valid until the next call; nil when no whole line is left.
    func line() throws(JournalError) -> UnsafeRawBufferPointer? {
        var searched = start
        while true {
            if searched < stop, let newline = memchr(buffer.baseAddress! + searched, 0x0A, stop - searched) {
                let end = UnsafeRawPointer(newline) - UnsafeRawPointer(buffer.baseAddress!) + 1
                defer { start = end }
                return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[start..<end])
            }
            let kept = stop - start
            guard try refill() else { return nil }
            searched = start + kept
        }
    }

    /// Bytes after the last newline: the line a crash cut off.
    var remainder: Int { stop - start }

    private func refill() throws(JournalError) -> Bool {
        guard descriptor >= 0 else { return false }
        if start > 0 {
            memmove(buffer.baseAddress!, buffer.baseAddress! + start, stop - start)
            stop -= start
            start = 0
        }
        if stop == buffer.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
            memcpy(larger.baseAddress!, buffer.baseAddress!, stop)
            buffer.deallocate()
            buffer = larger
        }
        while true {
            let count = read(descriptor, buffer.baseAddress! + stop, buffer.count - stop)
            if count > 0 {
                stop += count
                return true
            }
            if count == 0 { return false }
            if errno != EINTR { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        }
    }
}
