import ChaosFleet
import Glibc

/// Follows every telemetry file of a fleet, by polling: the files are on a tmpfs, and no network lies between.
struct TelemetryTail {
    struct Line {
        /// Whose file it is: a process' name.
        var process: String
        var line: TelemetryLine
    }

    private let directory: String
    private var files: [String: (descriptor: Int32, reader: LineReader)] = [:]

    /// `directory` as it is reached from here.
    init(directory: String) { self.directory = directory }

    /// What was written since the last time, in each file's order.
    mutating func read() -> [Line] {
        discover()
        var lines: [Line] = []
        for name in files.keys.sorted() {
            guard var file = files[name] else { continue }
            for text in file.reader.appended(to: file.descriptor) {
                if let line = TelemetryLine(text) { lines.append(Line(process: name, line: line)) }
            }
            files[name] = file
        }
        return lines
    }

    private mutating func discover() {
        guard let stream = opendir(directory) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let file = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard file.hasSuffix(".tsv") else { continue }
            let name = String(file.dropLast(4))
            guard files[name] == nil else { continue }
            let descriptor = open("\(directory)/\(file)", O_RDONLY | O_CLOEXEC)
            if descriptor >= 0 { files[name] = (descriptor, LineReader()) }
        }
    }

    func close() { for file in files.values { Glibc.close(file.descriptor) } }
}
