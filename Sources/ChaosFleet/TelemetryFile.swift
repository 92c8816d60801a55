import Glibc

/// CLOCK_BOOTTIME in nanoseconds: the clock of everything that a live fleet tells.
public enum FleetClock {
    public static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Appends lines to a process' telemetry file, each by one `write`, so that it is whole or (if the writer dies in it) the last.
public final class TelemetryFile: Sendable {
    private let descriptor: Int32

    /// Opens the file for appending; makes it if it is not there.
    public init(path: String) throws(TelemetryError) {
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TelemetryError("\(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// Thread-safe. A line that cannot be written (the file system is gone) is dropped: the process has more important work.
    public func write(_ fact: TelemetryLine.Fact, at time: Int64 = FleetClock.now) {
        let bytes = Array(TelemetryLine(time: time, fact: fact).text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }

    /// The greatest counter that an earlier start of the process wrote as published; nil if there is none.
    public static func lastPublished(path: String) -> UInt64? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var greatest: UInt64?
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while true {
            let count = getline(&line, &capacity, file)
            guard count > 0, let text = line else { break }
            let bytes = UnsafeRawBufferPointer(start: text, count: count)
            // One without its line end was cut short.
            guard bytes.last == 10 else { break }
            if case .published(let counter)? = TelemetryLine(String(decoding: bytes.dropLast(), as: UTF8.self))?.fact {
                greatest = max(greatest ?? 0, counter)
            }
        }
        return greatest
    }
}

public struct TelemetryError: Error, Hashable, Sendable {
    public var message: String

    public init(_ message: String) { self.message = message }
}
