import Foundation
import Testing

@Suite struct CompareTests {
    @Test("compare shows two runs as a table, as JSON and as a page, and exits with 0")
    func compare() async throws {
        let sandbox = try Sandbox()
        let a = try await sandbox.run("first-steps", "--seed", "1")
        let b = try await sandbox.run("first-steps", "--seed", "2")
        let table = try await sandbox.gauntlet("compare", a.directory, b.directory, "--html", "page.html")
        #expect(table.code == 0, "\(table.errors)")
        #expect(table.output.contains("verdict"))
        #expect(table.output.contains("warning: Different seeds"))
        #expect(try sandbox.text("page.html").contains(">Objectives</h2>"))
        let json = try await sandbox.gauntlet("compare", "--json", a.directory, b.directory)
        let record = try json.json()
        #expect((record["objectives"] as? [[String: Any]])?.isEmpty == false)
        #expect((record["a"] as? [String: Any])?["world"] as? String == "simulated")
    }

    @Test("what is no run directory is refused with 65")
    func refuses() async throws {
        let sandbox = try Sandbox()
        let a = try await sandbox.run("first-steps")
        for wrong in ["nowhere", "scenarios", "first-steps"] {
            let compare = try await sandbox.gauntlet("compare", a.directory, wrong)
            #expect(compare.code == 65, "\(wrong): \(compare.errors)")
            #expect(compare.errors.hasPrefix("gauntlet: "))
        }
    }

    @Test("a run that lost its scorecard is scored from its journal")
    func withoutScorecard() async throws {
        let sandbox = try Sandbox()
        let a = try await sandbox.run("first-steps")
        let before = try await sandbox.gauntlet("compare", a.directory, a.directory)
        try FileManager.default.removeItem(at: sandbox.path("\(a.directory)/scorecard.json"))
        let after = try await sandbox.gauntlet("compare", a.directory, a.directory)
        #expect(after.code == 0, "\(after.errors)")
        #expect(after.output == before.output)
    }
}
