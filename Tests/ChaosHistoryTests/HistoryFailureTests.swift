import ChaosHistory
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct HistoryFailureTests {
    private func failure(_ path: String, patience: Duration = .milliseconds(200)) -> HistoryError? {
        #expect(throws: HistoryError.self) { _ = try History(path: path, patience: patience).runs() }
    }

    @Test("a file that is no database, and one that lost a page, are damaged, and the message names the file")
    func damaged() throws {
        let scratch = try Scratch()
        try String(repeating: "not a database. ", count: 100).write(
            toFile: scratch.path, atomically: true, encoding: .utf8)
        let error = failure(scratch.path)
        #expect(error?.code == .damaged)
        #expect(error?.message.hasPrefix(scratch.path) == true && error?.message.contains("--import") == true)

        let torn = try Scratch()
        do {
            let history = try torn.open()
            try history.record((0..<400).map { .sample($0) })
        }
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: torn.path))
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: 4096)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: Int(size) - 4096))
        try handle.close()
        #expect(failure(torn.path)?.code == .damaged)
    }

    @Test("a database of something else is refused and left as it was")
    func stranger() throws {
        let scratch = try Scratch()
        do { try scratch.open().record(.sample(1)) }
        // The mark of whose it is, at byte 68 of the file.
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: scratch.path))
        try handle.seek(toOffset: 68)
        try handle.write(contentsOf: Data([1, 2, 3, 4]))
        try handle.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: scratch.path))
        let error = failure(scratch.path)
        #expect(error?.code == .notAHistory, "\(error?.message ?? "")")
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path)) == before)
    }

    @Test("a history of a newer version is refused")
    func newer() throws {
        let scratch = try Scratch()
        let history = try scratch.open()
        try history.pretendMigration("2-of-tomorrow")
        let error = failure(scratch.path)
        #expect(error?.code == .newerFormat)
        #expect(error?.message.contains("newer version") == true)
    }

    @Test("a folder that is missing, or a folder in the file's place, cannot be opened")
    func cannotOpen() throws {
        let scratch = try Scratch()
        #expect(failure("\(scratch.folder)/missing/history.sqlite")?.code == .notWritable)
        #expect(failure(scratch.folder)?.code == .notWritable)
    }

    @Test("a file that may only be read is not writable")
    func readOnly() async {
        // In a process of its own, which gives root away where it has it: root may write everything.
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            do { try scratch.open().record(.sample(1)) }
            chmod(scratch.path, 0o444)
            chmod(scratch.folder, 0o555)
            let user = geteuid()
            if user == 0 { try #require(seteuid(65_534) == 0) }
            let error = #expect(throws: HistoryError.self) { try History(path: scratch.path).record(.sample(2)) }
            #expect(error?.code == .notWritable)
            try #require(seteuid(user) == 0)
            chmod(scratch.folder, 0o755)
        }
    }

    @Test("who waits too long for another writer is told that it is locked, and who waits long enough writes")
    func locked() throws {
        let scratch = try Scratch()
        let holder = try scratch.open()
        let impatient = try History(path: scratch.path, patience: .milliseconds(50))
        try holder.holdingWriteLock {
            let error = #expect(throws: HistoryError.self) { try impatient.record(.sample(1)) }
            #expect(error?.code == .locked)
            let runs = try impatient.runs()
            #expect(runs.isEmpty, "reading goes on")
        }
        try impatient.record(.sample(1))
        #expect(try holder.runs().count == 1)
    }
}
