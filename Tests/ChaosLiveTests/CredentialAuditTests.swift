import ChaosLive
import ChaosPlan
import Foundation
import Testing

@Suite("Credential audit")
struct CredentialAuditTests {
    /// A directory like a fleet's, and a process that lives as long as this object.
    final class Place {
        let directory: URL
        private var process: Process?

        init() throws {
            directory = FileManager.default.temporaryDirectory.appending(path: "audit-\(UUID().uuidString)")
            for part in ["credentials", "log", "conf"] {
                try FileManager.default.createDirectory(
                    at: directory.appending(path: part), withIntermediateDirectories: true)
            }
        }

        deinit {
            // Its starter's thread may have blocked milder signals, and it inherits that.
            if let process { kill(process.processIdentifier, SIGKILL) }
            process?.waitUntilExit()
            try? FileManager.default.removeItem(at: directory)
        }

        func path(_ name: String) -> String { directory.appending(path: name).path }

        func write(_ text: String, to name: String, mode: Int = 0o644) throws {
            try Data(text.utf8).write(to: directory.appending(path: name))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
        }

        /// It waits for a line of its input that does not come; by itself, for a child would outlive it.
        func start(arguments: [String] = [], environment: [String: String] = [:]) throws {
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", "read line", "service"] + arguments
            process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { own, _ in own }
            process.standardInput = Pipe()
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            self.process = process
            // Until it executes, what stands in /proc is this process'.
            let isItself = LiveRig.eventually(within: 20) {
                (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/cmdline", encoding: .utf8))?
                    .contains("read line") == true
            }
            #expect(isItself)
        }

        func audit() -> CredentialAudit {
            CredentialAudit(
                secrets: CredentialAudit.secrets(in: path("credentials")),
                processes: process.map { [.init(name: "service", directory: "/proc/\($0.processIdentifier)")] } ?? [],
                logs: [path("log")], configurations: [path("conf")], root: directory.path)
        }
    }

    static let secret = "7f3c90d1aa5e4b62"

    static func place() throws -> Place {
        let place = try Place()
        try place.write("agents \(secret)\n", to: "credentials/TutorAgent", mode: 0o400)
        return place
    }

    @Test func `a secret is found in each of the four places, and its text is told nowhere`() throws {
        let place = try Self.place()
        try place.start(arguments: ["--token", Self.secret], environment: ["TOKEN": Self.secret])
        try place.write("connecting as agents:\(Self.secret)\n", to: "log/TutorAgent.log")
        try place.write("user agents, word \(Self.secret)\n", to: "conf/nats.conf")
        let result = place.audit().run()
        let what = "the credential of TutorAgent"
        #expect(
            result.exposures == [
                Exposure(place: .processList, location: "service", what: what),
                Exposure(place: .environment, location: "service", what: what),
                Exposure(place: .log, location: "/log/TutorAgent.log", what: what),
                Exposure(place: .configuration, location: "/conf/nats.conf", what: what),
            ])
        #expect(result.looked == [.processList: 1, .environment: 1, .log: 1, .configuration: 1])
        let told = result.exposures.map { JournalEvent.exposure($0) }.map { event in
            var bytes: [UInt8] = []
            JournalEncoder.encode(JournalRecord(time: 0, event: event), into: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(told.count == 4 && told.allSatisfy { !$0.contains(Self.secret) })
    }

    @Test func `hashes, references, and a file that only its owner reads are no exposure`() throws {
        let place = try Self.place()
        try place.start(
            arguments: ["--password-file", "/fleet/credentials/x", "--pass", "$PASS"],
            environment: ["DB_PASSWORD": "/run/secrets/db", "HOME": "/"])
        try place.write("password=*** refused\nredis://main:6379/0\npassword: rejected\n", to: "log/a.log")
        try place.write(
            """
            users: [ { user: "agents", password: "$2a$10$abcdefghijklmnopqrstuv" } ]
            user agents on #9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
            requirepass "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
            routes: $LINKS

            """, to: "conf/nats.conf")
        try place.write("LINKS: [\"nats-route://link:\(Self.secret)@10.77.0.1:6222\"]\n", to: "conf/links", mode: 0o400)
        let result = place.audit().run()
        #expect(result.exposures == [])
        #expect(result.looked[.configuration] == 1 && result.looked[.log] == 1)
    }

    @Test(arguments: [
        ("--pass", ["--pass", "hunter2"], [:]), ("--pass", ["--password=hunter2"], [:]),
        ("password=", [], ["DB_PASSWORD": "hunter2"]), ("://user:pass@", ["nats://a:hunter2@host:4222/x"], [:]),
        ("requirepass", ["--requirepass", "hunter2"], [:]),
    ])
    func `somebody else's secret is known by its pattern`(
        name: String, arguments: [String], environment: [String: String]
    ) throws {
        let place = try Self.place()
        try place.start(arguments: arguments, environment: environment)
        #expect(place.audit().run().exposures.map(\.what) == ["the pattern \(name)"])
    }

    @Test(arguments: [
        "masterauth hunter2\n", "requirepass hunter2\n", "{ \"password\": \"hunter2\" }", "password: hunter2\n",
        "url = https://a:hunter2@host/\n",
    ])
    func `a configuration's plain password is known by its pattern`(text: String) throws {
        let place = try Self.place()
        try place.write(text, to: "conf/server.conf")
        #expect(place.audit().run().exposures.count == 1)
    }

    @Test func `a long log is looked at from its end, a packed one inside`() throws {
        let place = try Self.place()
        try place.write(Self.secret + String(repeating: "x", count: 1 << 20), to: "log/old.log")
        try place.write(String(repeating: "x", count: 1 << 20) + Self.secret, to: "log/new.log")
        try place.write("as agents:\(Self.secret)\n", to: "log/new.log.1")
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/bin/gzip")
        gzip.arguments = [place.path("log/new.log.1")]
        try gzip.run()
        gzip.waitUntilExit()
        #expect(
            place.audit().run().exposures.map(\.location).sorted() == ["/log/new.log", "/log/new.log.1.gz"])
    }

    @Test func `a credential that several share is one, and a word of five letters none`() throws {
        let place = try Self.place()
        try place.write("agents \(Self.secret)\n", to: "credentials/Zebra", mode: 0o400)
        try place.write("agents hello\n", to: "credentials/short", mode: 0o400)
        #expect(CredentialAudit.secrets(in: place.path("credentials")).map(\.name) == ["TutorAgent and 1 more"])
    }

    @Test func `who is not there is not looked at`() throws {
        let audit = CredentialAudit(
            secrets: [], processes: [.init(name: "gone", directory: "/proc/0")], logs: ["/nowhere"], configurations: [])
        let result = audit.run()
        #expect(result.exposures == [] && result.looked == [:])
    }
}
