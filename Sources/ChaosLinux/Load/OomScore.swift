import Glibc

/// Who dies first when memory runs out: /proc/PID/oom_score_adj of a process that cannot be mistaken.
package enum OomScore {
    package static func read(_ process: ProcessIdentity) throws(HostError) -> Int32 {
        guard let value = try within(process, write: nil) else {
            throw HostError(.missing, "\(process) has gone", hint: "choose one that runs")
        }
        return value
    }

    /// False when it has gone.
    @discardableResult
    static func set(_ process: ProcessIdentity, to value: Int32) throws(HostError) -> Bool {
        try within(process, write: value) != nil
    }

    package static func pay(_ process: ProcessIdentity, was: Int32) -> Payment {
        do throws(HostError) {
            guard let now = try within(process, write: nil), now != was else { return .nothingThere }
            return try set(process, to: was) ? .paid : .nothingThere
        } catch {
            return process.isAlive
                ? .owed("oom_score_adj of \(process) is not back at \(was): \(error.text)") : .nothingThere
        }
    }

    private static func within(_ process: ProcessIdentity, write value: Int32?) throws(HostError) -> Int32? {
        let directory = open("/proc/\(process.pid)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return nil }
        defer { close(directory) }
        // The descriptor stays with the process that had the number when it was opened: look now who that is.
        guard process.isAlive else { return nil }
        let descriptor = openat(directory, "oom_score_adj", (value == nil ? O_RDONLY : O_WRONLY) | O_CLOEXEC)
        guard descriptor >= 0 || errno != ESRCH else { return nil }
        try SystemCall.call(descriptor, "opening oom_score_adj of \(process)")
        defer { close(descriptor) }
        if let value {
            try SmallFile.writeAll(Array("\(value)".utf8), to: descriptor, named: "oom_score_adj of \(process)")
            return value
        }
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer[..<count], as: UTF8.self).filter { !$0.isWhitespace })
    }
}
