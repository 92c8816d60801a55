import ChaosFleet
import ChaosPlan
import Foundation
import Testing

@Suite(
    .enabled(if: BrokerRig.find("redis-server") != nil, "redis-server is not installed"),
    .enabled(if: BrokerRig.find("redis-cli") != nil, "redis-cli is not installed"), .timeLimit(.minutes(5)))
struct StoreServerTests {
    @Test("redis-server takes the configuration: hashed users only, and a rotation by its keeper's ACL LOAD")
    func users() throws {
        let directory = "/tmp/gauntlet-store-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: "\(directory)/data", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let server = StoreSetup.Server(
            name: "redis", address: "127.0.0.1", port: BrokerRig.freePort(), data: "\(directory)/data",
            configuration: "\(directory)/redis.conf", users: "\(directory)/users.acl", disk: 64 << 20, writes: true)
        let setup = StoreSetup(server)
        let secrets = StoreSetup.Secrets(random: Secret.systemRandom)
        for file in setup.files(secrets) where file.path.hasPrefix(directory) {
            #expect(!file.text.contains(secrets.clients.password))
            try file.text.write(toFile: file.path, atomically: true, encoding: .utf8)
        }
        let process = Process()
        process.executableURL = URL(filePath: BrokerRig.find("redis-server") ?? "")
        process.arguments = Array(setup.command.dropFirst())
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        #expect(holds { BrokerRig.accepts(server.port) })
        #expect(try ask(server, nil, ["PING"]).contains("NOAUTH"))
        #expect(try ask(server, secrets.clients, ["SET", "key", "value"]) == "OK")
        #expect(try ask(server, secrets.clients, ["GET", "key"]) == "value")
        #expect(try ask(server, secrets.clients, ["CONFIG", "GET", "*"]).contains("NOPERM"))
        #expect(try ask(server, secrets.keeper, ["GET", "key"]).contains("NOPERM"))

        let new = StoreSetup.Secrets.clients(version: 2, random: Secret.systemRandom)
        for (good, isOldGood) in [([secrets.clients, new], true), ([new], false)] {
            try setup.usersFile(secrets, accepting: good).text.write(
                toFile: server.users, atomically: true, encoding: .utf8)
            #expect(try ask(server, secrets.keeper, ["ACL", "LOAD"]) == "OK")
            #expect(try ask(server, new, ["GET", "key"]) == "value")
            #expect(try ask(server, secrets.clients, ["GET", "key"]).contains("value") == isOldGood)
        }
    }

    private func ask(_ server: StoreSetup.Server, _ secret: Secret?, _ words: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: BrokerRig.find("redis-cli") ?? "")
        process.arguments =
            ["-h", server.address, "-p", "\(server.port)"]
            + (secret.map { ["--user", $0.user] } ?? []) + words
        process.environment = secret.map { ["REDISCLI_AUTH": $0.password] } ?? [:]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
