import Testing

@testable import ChaosLinux

@Suite struct UndoLogTests {
    @Test func anEmptyDirectoryOwesNothing() {
        let nowhere = StateDirectories(volatile: "/nonexistent/a", durable: "/nonexistent/b")
        #expect(Recovery.recover(in: nowhere) == Recovery.Outcome())
    }
}
