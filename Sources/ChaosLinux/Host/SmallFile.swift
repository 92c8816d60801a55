import Glibc

/// Whole small files, such as those of /proc and /sys, with plain system calls.
package enum SmallFile {
    package static func read(_ path: String) throws(HostError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try SystemCall.call(descriptor, "reading \(path)")
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCall.failure(errno, "reading \(path)")
            }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    /// In one write, as control files want it; the file must exist.
    package static func write(_ text: String, to path: String) throws(HostError) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        try SystemCall.call(descriptor, "writing \(path)")
        defer { close(descriptor) }
        try writeAll(Array(text.utf8), to: descriptor, named: path)
    }

    package static func writeAll(_ bytes: [UInt8], to descriptor: Int32, named path: String) throws(HostError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCall.failure(errno, "writing \(path)")
            }
            done += count
        }
    }

    /// Names in a directory, sorted; `.` and `..` left out. Empty where there is no such directory.
    package static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = Glibc.readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
