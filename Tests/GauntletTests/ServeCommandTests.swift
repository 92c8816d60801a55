import Foundation
import Testing

@Suite struct ServeCommandTests {
    @Test("Without its sibling program `gauntlet serve` says in one line how to build it")
    func notBuilt() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.shell(
            "{ ln \"$GAUNTLET\" alone 2>/dev/null || cp \"$GAUNTLET\" alone; } && exec ./alone serve --port 0")
        #expect(run.code == 69)
        #expect(run.errors.split(separator: "\n").count == 1)
        #expect(run.errors.contains("gauntlet-serve cannot be started"))
        #expect(run.errors.contains("swift build -c release --product gauntlet-serve"))
    }
}
