import ChaosLinux
import Testing

@Suite struct SessionTests {
    @Test func anExecutorGreetsAndEndsWithItsInput() throws {
        let host = try HostProcess()
        #expect(try host.ask(#""op":"status""#).held == [])
        host.closeInput()
        #expect(try host.ended() == 0)
    }
}
