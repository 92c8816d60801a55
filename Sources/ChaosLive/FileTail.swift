import Glibc

/// The ends of files that others write, as a stranger reads them: no link is followed, no pipe is waited for.
enum FileTail {
    /// The last `depth` bytes of a file (the first of one in /proc); nil if it cannot be read or is no file.
    static func read(_ path: String, depth: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        if status.st_size > depth { lseek(descriptor, off_t(status.st_size) - off_t(depth), SEEK_SET) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < depth {
            let count = Glibc.read(descriptor, &buffer, min(buffer.count, depth - bytes.count))
            if count < 0, errno == EINTR { continue }
            if count < 0, bytes.isEmpty { return nil }
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// As `read`; of one that gzip has packed, what it holds.
    static func text(_ path: String, depth: Int) -> [UInt8]? {
        guard path.hasSuffix(".gz") else { return read(path, depth: depth) }
        // Opened here, so that nothing but a file is unpacked.
        guard read(path, depth: 1) != nil, let gzip = Programs.path(of: "gzip"),
            let program = try? ChildProgram([gzip, "-dc", "--", path])
        else { return nil }
        defer { program.finish(within: 0) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            var wait = pollfd(fd: program.output, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 5_000) == 1 else { break }
            let count = Glibc.read(program.output, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            bytes += buffer[..<count]
            if bytes.count > 2 * depth { bytes.removeFirst(bytes.count - depth) }
        }
        return Array(bytes.suffix(depth))
    }

    /// Whether nobody but its owner may read it.
    static func isPrivate(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & 0o077 == 0
    }

    /// A file itself, or all below a directory, by name; nothing for what is not there.
    static func files(below path: String) -> [String] {
        var status = stat()
        guard lstat(path, &status) == 0 else { return [] }
        if status.st_mode & S_IFMT == S_IFREG { return [path] }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [] }
        return names(in: path).flatMap { files(below: "\(path)/\($0)") }
    }

    /// Sorted; empty for what is no directory.
    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
