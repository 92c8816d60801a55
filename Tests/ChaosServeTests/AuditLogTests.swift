import ChaosServe
import Foundation
import Glibc
import Testing

@Suite struct AuditLogTests {
    private static func entry(_ number: Int, detail: String? = nil) -> AuditLog.Entry {
        AuditLog.Entry(
            time: "2026-11-22T00:00:00Z", who: "token", from: "127.0.0.1:\(number)", action: "halt", detail: detail,
            answer: "done", status: 200)
    }

    private static func lines(_ path: String) throws -> [AuditLog.Entry] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.hasSuffix("\n"), "half a line: \(text.suffix(40))")
        return try text.split(separator: "\n").map {
            try JSONDecoder().decode(AuditLog.Entry.self, from: Data($0.utf8))
        }
    }

    @Test("A line that does not fit on the disk leaves nothing behind, and the next one stands by itself")
    func full() async {
        // In a process of its own, as the limit is a whole process's: what the kernel does at a full disk it does here, too,
        // writes what fits and refuses the rest.
        await #expect(processExitsWith: .success) {
            let folder = try Folder()
            let path = folder.file("audit.jsonl")
            let log = try AuditLog(path: path)
            signal(SIGXFSZ, SIG_IGN)
            try #require(await log.write(AuditLogTests.entry(1)))
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for room in [0, 1, 40, whole.count - 1] {
                var limit = rlimit(rlim_cur: rlim_t(whole.count + room), rlim_max: .max)
                try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
                #expect(await log.write(AuditLogTests.entry(2)) == false)
                #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole, "with room for \(room) bytes")
            }
            var none = rlimit(rlim_cur: .max, rlim_max: .max)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &none) == 0)
            #expect(await log.write(AuditLogTests.entry(3)))
            let lines = try AuditLogTests.lines(path)
            try #require(lines.map(\.from) == ["127.0.0.1:1", "127.0.0.1:3"])
        }
    }

    @Test(
        "Half a line that a process left when it died is ended, and said, before the next one", arguments: [0, 1, 30])
    func half(_ length: Int) async throws {
        let folder = try Folder()
        let path = folder.file("audit.jsonl")
        let log = try AuditLog(path: path)
        #expect(await log.write(Self.entry(1)))
        let torn = String(#"{"action":"run","answer":"begun","from":"#.prefix(length))
        try folder.append(Array(torn.utf8), to: "audit.jsonl")
        let next = try AuditLog(path: path)
        #expect(await next.write(Self.entry(2)))
        #expect(await log.write(Self.entry(3)))
        let text = try folder.text("audit.jsonl").split(separator: "\n").map(String.init)
        let whole = text.compactMap { try? JSONDecoder().decode(AuditLog.Entry.self, from: Data($0.utf8)) }
        #expect(whole.map(\.answer) == (length == 0 ? ["done", "done", "done"] : ["done", "healed", "done", "done"]))
        #expect(text.count == whole.count + (length == 0 ? 0 : 1))
        if length > 0 { #expect(text[1] == torn) }
    }

    @Test("Lines of two that have one log open do not mix")
    func together() async throws {
        let folder = try Folder()
        let path = folder.file("audit.jsonl")
        let logs = [try AuditLog(path: path), try AuditLog(path: path)]
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 { group.addTask { await logs[number % 2].write(Self.entry(number)) } }
            for await isWritten in group { #expect(isWritten) }
        }
        #expect(Set(try Self.lines(path).map(\.from)).count == 100)
    }
}
