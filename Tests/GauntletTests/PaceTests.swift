import Foundation
import Testing

@Suite struct PaceCommandTests {
    @Test("--pace changes neither the journal nor that it can be interrupted, healed and replayed")
    func pacedRun() async throws {
        let sandbox = try Sandbox()
        let free = try await sandbox.run("hub-failover").directory
        let paced = try await sandbox.run("hub-failover", "--pace", "2000x").directory
        let journal = try sandbox.text("\(free)/journal.jsonl")
        #expect(try sandbox.text("\(paced)/journal.jsonl") == journal)

        let interrupted = try await sandbox.gauntlet(["run", "hub-failover", "--pace", "20x"]) { process in
            // At twenty seconds a second it is not over for nine of them; what it has seen so far is on disk.
            _ = try? await sandbox.waitForLine(#""ev":"win""#, inJournalsBelow: "reports")
            process.interrupt()
        }
        #expect(interrupted.code == 130, "\(interrupted.errors)")
        let directory = String(try #require(interrupted.lines.last).dropFirst("gauntlet replay ".count))
        #expect(try sandbox.text("\(directory)/journal.jsonl").contains(#""ev":"interrupted""#))
        let replay = try await sandbox.gauntlet("replay", directory, "--quiet")
        #expect(replay.code == 0, "\(replay.output)")
    }

    @Test(
        "A pace that cannot be kept is refused with what would be right",
        arguments: [["--pace", "0x"], ["--pace", "fast"], ["--pace", "10x", "--repeat", "3"]])
    func refused(arguments: [String]) async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet(["run", "hub-failover"] + arguments) { _ in }
        #expect(run.code == 64)
        #expect(run.errors.contains("pace"))
    }
}

extension Sandbox {
    /// Until a journal without a report has such a line.
    fileprivate func waitForLine(_ text: String, inJournalsBelow folder: String) async throws {
        while true {
            let files = FileManager.default.enumerator(atPath: path(folder).path)?.compactMap { $0 as? String } ?? []
            for file in files where file.hasSuffix("journal.jsonl") {
                let page = path("\(folder)/\(file)").deletingLastPathComponent().appendingPathComponent("report.html")
                if FileManager.default.fileExists(atPath: page.path) { continue }
                if try self.text("\(folder)/\(file)").contains(text) { return }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
