import CLinuxShims
import Glibc

/// libfaketime: a library preloaded into a dynamic program that adds an offset, read from a file, to the time of day.
package enum FaketimeLibrary {
    package static var path: String? {
        let directories = ["/usr/lib/\(architecture)-linux-gnu", "/usr/lib", "/usr/lib64", "/usr/local/lib"]
        return directories.map { "\($0)/faketime/libfaketime.so.1" }.first(where: SmallFile.exists)
    }

    private static var architecture: String {
        var names = utsname()
        uname(&names)
        return withUnsafeBytes(of: &names.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// What a target is started with. The file is read anew at each call, and the monotonic clock is left alone, as it is
    /// when a real clock is set. (Up to libfaketime 0.9.10, programs that sleep until a monotonic instant, as Python's
    /// `time.sleep` does since 3.11, then fail with EINVAL: for those leave the last one out, and their monotonic clock
    /// jumps with the other.)
    package static func environment(library: String, control: String) -> [String] {
        [
            "LD_PRELOAD=\(library)", "FAKETIME_TIMESTAMP_FILE=\(control)", "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
        ]
    }

    static var howToStart: String {
        "start the targets with "
            + environment(library: path ?? "libfaketime.so.1", control: "FILE").joined(separator: " ")
            + " and `+0` in FILE"
    }

    /// An offset as the library reads it. Its decimal point is the program's locale's: whole seconds have none.
    package static func text(_ nanoseconds: Int64) -> String {
        let sign = nanoseconds < 0 ? "-" : "+"
        let (seconds, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard rest > 0 else { return "\(sign)\(seconds)\n" }
        return "\(sign)\(seconds).\(String(rest + 1_000_000_000).dropFirst())\n"
    }

    /// Nanoseconds; nil for what is not a plain offset in seconds.
    package static func offset(_ text: String) -> Int64? {
        let word = text.split(whereSeparator: \.isWhitespace)
        guard word.count == 1, let sign = word[0].first, sign == "+" || sign == "-" else { return nil }
        let parts = word[0].dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let seconds = Int64(parts[0]), seconds >= 0, seconds < 1 << 33 else {
            return nil
        }
        var rest: Int64 = 0
        if parts.count == 2 {
            let digits = parts[1]
            guard !digits.isEmpty, digits.count <= 9, let value = Int64(digits), value >= 0 else { return nil }
            rest = (digits.count..<9).reduce(value) { value, _ in value * 10 }
        }
        let magnitude = seconds * 1_000_000_000 + rest
        return sign == "-" ? -magnitude : magnitude
    }

    /// What the library makes for each process, and leaves behind where that is killed.
    package static func sharedObjects(of pid: Int32) -> [String] {
        ["/dev/shm/faketime_shm_\(pid)", "/dev/shm/sem.faketime_sem_\(pid)"]
    }

    struct User: Hashable {
        var process: ProcessIdentity
        /// How long it may go on with what it read before (ns).
        var delay: Int64
    }

    /// Processes that run with the library and this control file.
    static func users(of control: String) -> [User] {
        SmallFile.names(in: "/proc").compactMap { name in
            guard let pid = Int32(name), let environment = try? SmallFile.read("/proc/\(pid)/environ"),
                let delay = delay(environment, control: control),
                let maps = try? SmallFile.read("/proc/\(pid)/maps"), maps.contains("/libfaketime"),
                let process = ProcessIdentity.of(pid)
            else { return nil }
            return User(process: process, delay: delay)
        }
    }

    /// Of an environment whose control file is this one: how long the library keeps what it read.
    package static func delay(_ environment: String, control: String) -> Int64? {
        var values: [Substring: Substring] = [:]
        for line in environment.split(separator: "\0") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            values[line[..<equals]] = line[line.index(after: equals)...]
        }
        guard values["FAKETIME_TIMESTAMP_FILE"].map(String.init) == control, values["FAKETIME"] == nil else {
            return nil
        }
        if values["FAKETIME_NO_CACHE"] == "1" { return 0 }
        return (values["FAKETIME_CACHE_DURATION"].flatMap { Int64($0) } ?? 10) * 1_000_000_000
    }

    /// How far off a program of ours started with the library and the file sees the time (ns). Nil if it did not
    /// say so within `patience` (ms).
    static func witness(library: String, control: String, patience: Int32) -> Int64? {
        var pair: [Int32] = [-1, -1]
        guard host_socket_pair(&pair) == 0 else { return nil }
        defer { close(pair[0]) }
        var pidfd: Int32 = -1
        let started = host_wall_clock()
        let pid = try? Worker.spawn(
            "/bin/date", ["date", "+%s.%N"],
            environment: environment(library: library, control: control) + ["LC_ALL=C"],
            descriptors: [-1, pair[1], -1],
            flags: Int32(HOST_SPAWN_DIE_WITH_PARENT), pidfd: &pidfd)
        close(pair[1])
        guard let pid else { return nil }
        defer {
            _ = host_pidfd_send_signal(pidfd, SIGKILL)
            // While it is not waited for its number is its own, and so are the library's objects named by it: those of a
            // killed program stay, and the next one with that number fails on them.
            var end = siginfo_t()
            while waitid(P_PID, id_t(pid), &end, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
            for object in sharedObjects(of: pid) { unlink(object) }
            while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
            close(pidfd)
        }
        var wait = pollfd(fd: pair[0], events: Int16(POLLIN), revents: 0)
        var buffer = [UInt8](repeating: 0, count: 64)
        guard poll(&wait, 1, patience) == 1 else { return nil }
        let count = recv(pair[0], &buffer, buffer.count, 0)
        let ended = host_wall_clock()
        guard count > 0, let seen = offset("+" + String(decoding: buffer[..<count], as: UTF8.self)) else { return nil }
        return seen - (started + ended) / 2
    }
}
