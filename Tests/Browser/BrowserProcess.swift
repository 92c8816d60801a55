import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A Chromium that listens on descriptor 3 and answers on descriptor 4, in a process group and a profile of its own.
struct BrowserProcess: Sendable {
    let id: pid_t
    /// We write commands there, it reads them.
    let input: Int32
    let output: Int32
    let profile: String

    /// - Throws: what the kernel says, in one sentence.
    static func start(_ executable: String) throws -> BrowserProcess {
        #if canImport(Glibc)
            let profile = try makeProfile()
            do {
                return try spawn(executable, profile: profile)
            } catch {
                try? FileManager.default.removeItem(atPath: profile)
                throw error
            }
        #else
            throw BrowserError("the driver starts browsers on Linux only")
        #endif
    }

    /// Ends it and all it started, waits until it is gone, and removes its profile.
    func end() {
        #if canImport(Glibc)
            kill(-id, SIGKILL)
            var status: Int32 = 0
            while waitpid(id, &status, 0) == -1, errno == EINTR {}
            close(input)
            close(output)
            // Its children may still be closing files there.
            for _ in 0..<50 where FileManager.default.fileExists(atPath: profile) {
                if (try? FileManager.default.removeItem(atPath: profile)) != nil { break }
                usleep(20_000)
            }
        #endif
    }
}

#if canImport(Glibc)
    extension BrowserProcess {
        private static let prefix = "gauntlet-browser-"

        /// Named after us, so that a later run can remove what a killed one left.
        private static func makeProfile() throws -> String {
            let directory = NSTemporaryDirectory()
            let manager = FileManager.default
            for name in (try? manager.contentsOfDirectory(atPath: directory)) ?? [] where name.hasPrefix(prefix) {
                let owner = name.dropFirst(prefix.count).prefix { $0 != "-" }
                if let owner = pid_t(owner), kill(owner, 0) == -1, errno == ESRCH {
                    try? manager.removeItem(atPath: directory + "/" + name)
                }
            }
            let profile = "\(directory)/\(prefix)\(getpid())-\(UInt32.random(in: 0 ... .max))"
            try manager.createDirectory(
                atPath: profile, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            return profile
        }

        private static func spawn(_ executable: String, profile: String) throws -> BrowserProcess {
            let commands = try pipe()
            let answers: (read: Int32, write: Int32)
            do {
                answers = try pipe()
            } catch {
                close(commands.read)
                close(commands.write)
                throw error
            }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            // Both pairs have numbers above 9 and are closed on exec; only the copies survive.
            posix_spawn_file_actions_adddup2(&actions, commands.read, 3)
            posix_spawn_file_actions_adddup2(&actions, answers.write, 4)
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 2, profile + "/stderr", O_WRONLY | O_CREAT, 0o600)
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            posix_spawnattr_setpgroup(&attributes, 0)
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))

            var arguments = ([executable] + Self.arguments(profile: profile)).map { strdup($0) } + [nil]
            var environment = Self.environment(profile: profile).map { strdup($0) } + [nil]
            defer { for word in arguments + environment { free(word) } }
            var id: pid_t = 0
            let result = posix_spawn(&id, executable, &actions, &attributes, &arguments, &environment)
            close(commands.read)
            close(answers.write)
            guard result == 0 else {
                close(commands.write)
                close(answers.read)
                throw BrowserError("cannot start \(executable): \(String(cString: strerror(result)))")
            }
            return BrowserProcess(id: id, input: commands.write, output: answers.read, profile: profile)
        }

        private static func pipe() throws -> (read: Int32, write: Int32) {
            var ends: [Int32] = [-1, -1]
            guard Glibc.pipe(&ends) == 0 else { throw BrowserError("no pipe: \(String(cString: strerror(errno)))") }
            // Out of the way of 3 and 4, and not for any other child.
            let high = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
            for end in ends { close(end) }
            guard high.allSatisfy({ $0 >= 0 }) else { throw BrowserError("no descriptors left for a pipe") }
            return (high[0], high[1])
        }

        private static func arguments(profile: String) -> [String] {
            var arguments = [
                "--headless", "--remote-debugging-pipe", "--user-data-dir=\(profile)/profile", "--no-first-run",
                "--no-default-browser-check", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--disable-extensions", "--disable-default-apps", "--disable-breakpad",
                "--disable-crash-reporter", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio",
                "--force-color-profile=srgb", "--no-proxy-server",
                // Whatever it would like to ask, no name but this host's is known.
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
            ]
            // Chromium's own sandbox refuses to run as root.
            if geteuid() == 0 { arguments.append("--no-sandbox") }
            return arguments + ["about:blank"]
        }

        private static func environment(profile: String) -> [String] {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            return [
                "PATH=\(path)", "HOME=\(profile)", "TMPDIR=\(profile)", "XDG_RUNTIME_DIR=\(profile)", "LANG=C.UTF-8",
                "TZ=UTC",
            ]
        }
    }
#endif
