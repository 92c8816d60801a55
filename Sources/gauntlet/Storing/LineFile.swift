import Foundation

/// A file, line by line as bytes, holding one piece of it at a time.
struct LineFile: ~Copyable {
    private let descriptor: Int32
    private let path: String
    private var piece: [UInt8] = []
    private var start = 0

    init(_ path: String) throws(Failure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(.unavailable, "cannot read \(path): \(SystemError.text(errno))") }
    }

    deinit { close(descriptor) }

    /// With its newline, unless the file ends without one; nil at the end.
    mutating func next() throws(Failure) -> ArraySlice<UInt8>? {
        var searched = start
        while true {
            if let end = piece[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return piece[start...end]
            }
            searched = piece.count - start
            piece.removeSubrange(..<start)
            start = 0
            if try !fill() {
                guard !piece.isEmpty else { return nil }
                start = piece.count
                return piece[...]
            }
        }
    }

    private mutating func fill() throws(Failure) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw Failure(.unavailable, "cannot read \(path): \(SystemError.text(errno))") }
            piece.append(contentsOf: chunk[..<count])
            return count > 0
        }
    }
}
