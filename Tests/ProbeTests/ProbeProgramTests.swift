import ChaosFleet
import ChaosHTTP
import ChaosPlan
import Foundation
import Testing

@Suite("The program itself")
struct ProbeProgramTests {
    /// Built beside the tests.
    private static let executable: URL = {
        let bundle =
            Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("gauntlet-probe")
    }()

    private struct Ended {
        var code: Int32
        var output: String
        var errors: String
    }

    /// Runs it to its end, with standard input open until then, or closed at once.
    private func run(_ arguments: [String], closesInput: Bool = false, program: URL = executable) throws -> Ended {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        if closesInput { try input.fileHandleForWriting.close() }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Ended(code: process.terminationStatus, output: text, errors: complaints)
    }

    private func plan(port: Int, stop: String) throws -> String {
        let path = NSTemporaryDirectory() + "probe-plan-\(UUID().uuidString).json"
        try """
        {"startNs": \(FleetClock.now), \(stop) "clients": [{"subject": 7, "kind": "http", "address": "127.0.0.1",
        "port": \(port), "intervalNs": 20000000, "timeoutNs": 900000000}]}
        """.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test("A plan with an end: all requests due before it are told, then the program ends")
    func planEnds() throws {
        let rig = ProbeRig()
        let server = try rig.serve { _, responder in responder.respond(HTTPResponse()) }
        defer { server.close() }
        let path = try plan(port: server.port, stop: #""stopNs": 3000000000,"#)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let ended = try run(["plan", path])
        #expect(ended.code == 0)
        let lines = ended.output.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(lines.first == ["h", "1"])
        #expect(lines.last?.first == "w")
        let intended = lines.filter { $0[0] == "o" || $0[0] == "u" }.compactMap { Int64($0[2]) }.sorted()
        #expect(intended == (0..<150).map { Int64($0) * 20_000_000 })
        let answered = lines.filter { $0[0] == "o" }
        #expect(answered.allSatisfy { $0[1] == "7" && $0[6] == "0" })
        #expect(answered.contains { $0[4] == "1" })
        // An outcome is never written after a watermark that covers its end.
        var mark: Int64 = .min
        for line in lines {
            if line[0] == "w" { mark = Int64(line[1]) ?? .max }
            if line[0] == "o" { #expect(try #require(Int64(line[3])) >= mark) }
        }
    }

    @Test("A prober out of descriptors says so, and blames nobody")
    func descriptors() throws {
        let rig = ProbeRig()
        let silent = try rig.serve { _, _ in }
        defer { silent.close() }
        let path = try plan(port: silent.port, stop: #""stopNs": 1500000000,"#)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let command = "ulimit -n 24; exec \(Self.executable.path) plan \(path)"
        let ended = try run(["-c", command], program: URL(filePath: "/bin/sh"))
        #expect(ended.code == 0)
        let lines = ended.output.split(separator: "\n")
        #expect(lines.contains("e\tToo many open files"))
        #expect(lines.filter { $0.hasPrefix("e") }.count <= 10)
        #expect(lines.count { $0.hasPrefix("u") || $0.hasPrefix("o") } == 75)
        #expect(lines.contains { $0.hasPrefix("u") })
    }

    @Test("When standard input closes the program ends; a fleet that is not there is one clear message")
    func ends() throws {
        let path = try plan(port: try ProbeRig.freePort(), stop: "")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let ended = try run(["plan", path], closesInput: true)
        #expect(ended.code == 0)
        #expect(ended.output.hasPrefix("h\t1\n"))
        let missing = try run(["fleet", "--fleet", "/no/such/fleet.json"])
        #expect(missing.code == 4)
        #expect(missing.errors == "gauntlet-probe: /no/such/fleet.json cannot be read; is the fleet up?\n")
        let wrong = try run(["load", "--target", "htp://10.0.0.1:1"])
        #expect(wrong.code == 4)
        #expect(wrong.errors.contains("unknown kind `htp`"))
    }

    @Test("The clients of a fleet wait for an order, pass over one that is over, and end with theirs")
    func fleetWaits() throws {
        var fleet = try ProbeRig.fleet("single-machine")
        // Nobody to ask: what is seen is the order's life.
        fleet.agents = []
        fleet.hubs = []
        let directory = NSTemporaryDirectory() + "probe-fleet-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (fleetFile, runFile) = ("\(directory)/fleet.json", "\(directory)/run.json")
        try LiveFleet(fleet: fleet).json.write(toFile: fleetFile, atomically: true, encoding: .utf8)
        try ProbeRig.order(start: -100_000_000_000, stop: 1).json.write(
            toFile: runFile, atomically: true, encoding: .utf8)
        let late = Thread {
            Thread.sleep(forTimeInterval: 0.6)
            try? ProbeRig.order(start: 60 * .second, stop: 1).json.write(
                toFile: runFile, atomically: true, encoding: .utf8)
        }
        late.start()
        let ended = try run(["fleet", "--fleet", fleetFile, "--run", runFile])
        #expect(ended.code == 0)
        let lines = ended.output.split(separator: "\n")
        #expect(lines.first == "h\t1")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("w\t") })
        #expect(ended.errors == "")
    }
}
