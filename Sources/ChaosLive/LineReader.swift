import Glibc

/// Cuts what a non-blocking descriptor gives into lines.
struct LineReader {
    private var pending: [UInt8] = []
    private var searched = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private(set) var isAtEnd = false

    /// Every whole line that a pipe holds now.
    mutating func lines(from descriptor: Int32) -> [String] { take(from: descriptor, endIsFinal: true) }

    /// Every whole line that was appended to a file since the last time.
    mutating func appended(to descriptor: Int32) -> [String] { take(from: descriptor, endIsFinal: false) }

    private mutating func take(from descriptor: Int32, endIsFinal: Bool) -> [String] {
        var lines: [String] = []
        while !isAtEnd {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if count == 0, endIsFinal { isAtEnd = true }
                break
            }
            pending.append(contentsOf: buffer[..<count])
            var start = 0
            while let end = pending[max(start, searched)...].firstIndex(of: 10) {
                lines.append(String(decoding: pending[start..<end], as: UTF8.self))
                start = end + 1
                searched = start
            }
            pending.removeFirst(start)
            searched = pending.count
        }
        return lines
    }
}
