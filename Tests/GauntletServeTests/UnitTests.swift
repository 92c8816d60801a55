import ChaosService
import Foundation
import Testing

extension InService {
    /// The units in docs/systemd: systemd takes them, and what they set is what the programs want.
    @Suite struct UnitTests {
        private static let analyze = ["/usr/bin/systemd-analyze", "/bin/systemd-analyze"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        }

        private static let files: [String] = {
            let folder = "\(ServeRig.repository)/docs/systemd"
            return ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).sorted().filter {
                $0.hasSuffix(".service") || $0.hasSuffix(".timer") || $0.hasSuffix(".conf")
            }
        }()

        /// Lines `KEY=VALUE` of a unit, in order.
        private static func settings(_ file: String) throws -> [(key: String, value: String)] {
            try String(contentsOfFile: "\(ServeRig.repository)/docs/systemd/\(file)", encoding: .utf8)
                .split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasPrefix("[") }.compactMap { line in
                    line.firstIndex(of: "=").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
                }
        }

        private static func environment(_ file: String) throws -> [String: String] {
            let pairs = try settings(file).filter { $0.key == "Environment" }.map { $0.value.split(separator: "=") }
            return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
        }

        @Test("systemd finds nothing to say about the units", .enabled(if: analyze != nil, "needs systemd-analyze"))
        func verified() async throws {
            let rig = try ServeRig()
            let units = rig.path("units")
            try FileManager.default.copyItem(atPath: "\(ServeRig.repository)/docs/systemd", toPath: units)
            let bin = URL(fileURLWithPath: ServeRig.program("gauntlet")).deletingLastPathComponent().path
            for file in Self.files {
                let text = try String(contentsOfFile: "\(units)/\(file)", encoding: .utf8)
                try text.replacing("/usr/local/bin", with: bin).write(
                    toFile: "\(units)/\(file)", atomically: true, encoding: .utf8)
            }
            let named = Self.files.filter { !$0.hasSuffix(".conf") }.map { "\(units)/\($0)" }
            #expect(named.count == 4)
            let with = try await Ended.of(
                [Self.analyze ?? "", "--man=no", "--recursive-errors=no", "verify"] + named, in: rig.folder)
            #expect(with.code == 0 && with.errors.isEmpty, "\(with.errors)")
            // The drop-in was read with them; it must be seen to be, or its mistakes would not show.
            try "Nonsense=1\n[Service]\nUser root\n".write(
                toFile: "\(units)/gauntlet-serve.service.d/root.conf", atomically: true, encoding: .utf8)
            let broken = try await Ended.of(
                [Self.analyze ?? "", "--man=no", "--recursive-errors=no", "verify", "\(units)/gauntlet-serve.service"],
                in: rig.folder)
            #expect(broken.errors.contains("root.conf"), "\(broken.errors)")
        }

        @Test("What a unit sets in its environment is what the programs read", arguments: files)
        func environments(_ file: String) throws {
            var read: Set<String> = []
            let sources = "\(ServeRig.repository)/Sources"
            for name in try FileManager.default.subpathsOfDirectory(atPath: sources) where name.hasSuffix(".swift") {
                let text = try String(contentsOfFile: "\(sources)/\(name)", encoding: .utf8)
                for match in text.matches(of: /(?:environment\[|getenv\()"([A-Z_]+)"/) {
                    read.insert(String(match.output.1))
                }
            }
            #expect(read.contains("GAUNTLET_SCENARIOS") && read.contains("STATE_DIRECTORY"))
            for name in try Self.environment(file).keys { #expect(read.contains(name), "nobody reads \(name)") }
            let settings = try Self.settings(file)
            guard settings.contains(where: { $0.key == "ExecStart" && $0.value.contains("/gauntlet") }),
                !file.hasPrefix("gauntlet-recover")
            else { return }
            // Scenarios are asked for by name, and nothing but this tells where they are.
            #expect(try Self.environment(file)["GAUNTLET_SCENARIOS"] != nil)
        }

        @Test("Started as the unit has it, with its environment and nothing else, the service knows every scenario")
        func started() async throws {
            let rig = try ServeRig()
            let file = "gauntlet-serve.service"
            let settings = try Self.settings(file)
            func value(_ key: String) throws -> String { try #require(settings.first { $0.key == key }?.value) }
            // The host's folders, below the test's own.
            let host = rig.path("host")
            let places = ["/usr/local/share/gauntlet", "/etc/gauntlet", "/var/lib/gauntlet", "/run/gauntlet"]
            for place in places {
                try FileManager.default.createDirectory(
                    atPath: host + place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
            try FileManager.default.copyItem(
                atPath: rig.path("scenarios"), toPath: "\(host)/usr/local/share/gauntlet/scenarios")
            try FileManager.default.copyItem(
                atPath: "\(ServeRig.repository)/docs/examples/calendar/calendar.yaml",
                toPath: "\(host)/etc/gauntlet/calendar.yaml")
            func moved(_ text: String) -> String {
                places.reduce(text) { $0.replacing($1, with: host + $1) }
            }
            var environment = try Self.environment(file).mapValues(moved)
            environment["STATE_DIRECTORY"] = "\(host)/var/lib/\(try value("StateDirectory"))"
            environment["HOME"] = environment["STATE_DIRECTORY"]
            environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
            let words = try value("ExecStart").split(separator: " ").map { moved(String($0)) }
            #expect(words[0] == "/usr/local/bin/gauntlet-serve")
            #expect(moved(try value("WorkingDirectory")) == environment["STATE_DIRECTORY"])
            try await rig.serve(
                Array(words.dropFirst()), environment: environment, directory: moved(try value("WorkingDirectory"))
            ) { served in
                var status = ""
                try await ServeRig.wait(for: "the next runs, and how far they reach") {
                    status = try await served.snapshot()
                    return status.contains("\"blastRadius\":\"") && !status.contains("\"blastRadius\":\"\"")
                }
                #expect(!status.contains("cannot run"), "\(status)")
                #expect(status.contains("1 host, 40 exposed"), "\(status)")
            }
        }
    }
}
