import Testing

@Suite struct ExportTests {
    @Test("a run recorded with --record-ops is exported as EDN")
    func export() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.run("first-steps", "--record-ops")
        #expect(try sandbox.text("\(run.directory)/ops.tsv").hasPrefix("gauntlet-operations\t1\n"))
        let export = try await sandbox.gauntlet("export", run.directory, "--format", "edn", "--out", "history.edn")
        #expect(export.code == 0, "\(export.errors)")
        let history = try sandbox.text("history.edn").split(separator: "\n")
        #expect(history.first?.hasPrefix("{:type :invoke, :f :") == true)
        #expect(history.first?.hasSuffix(":index 0}") == true)
        let reads = try await sandbox.gauntlet("export", run.directory, "--only", "final-read")
        #expect(reads.lines.allSatisfy { $0.contains(":f :fetch") } && !reads.lines.isEmpty)
        let replay = try await sandbox.gauntlet("replay", run.directory, "--quiet")
        #expect(replay.code == 0)
    }

    @Test("a run without operations says how to make one with them")
    func without() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.run("first-steps")
        let export = try await sandbox.gauntlet("export", run.directory)
        #expect(export.code == 69)
        #expect(export.errors.contains("--record-ops"))
        let nowhere = try await sandbox.gauntlet("export", "nowhere")
        #expect(nowhere.code == 65)
        let wrong = try await sandbox.gauntlet("export", run.directory, "--format", "xml")
        #expect(wrong.code == 64)
    }
}
