import ChaosLinux
import Testing

@Suite struct ProgramRunTests {
    static let second: Int64 = 1_000_000_000

    @Test func aProgramGetsItsInputAndItsOutputIsCaptured() throws {
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        let outcome = try ProgramRun.run(["cat"], input: bytes, limit: 10 * Self.second, capture: 1 << 20)
        #expect(outcome.isSuccess && outcome.output == bytes && !outcome.isCut)
    }

    @Test func outputPastItsLimitIsCutAndDoesNotHoldTheProgram() throws {
        let outcome = try ProgramRun.run(["head", "-c", "1000000", "/dev/zero"], limit: 10 * Self.second)
        #expect(outcome.isSuccess && outcome.isCut && outcome.output.count == 65_536)
    }

    @Test func aProgramThatEndsWithoutReadingItsInputIsNoTrouble() throws {
        let outcome = try ProgramRun.run(
            ["true"], input: [UInt8](repeating: 7, count: 1 << 20), limit: 10 * Self.second)
        #expect(outcome.isSuccess)
    }

    @Test func aProgramIsKilledWhenItsTimeIsOver() throws {
        let outcome = try ProgramRun.run(["sleep", "100"], limit: Self.second / 5)
        #expect(outcome.isTimedOut && outcome.code == nil && outcome.end?.signal == 9)
        #expect(outcome.took < 50 * Self.second)
        #expect(outcome.reason.hasPrefix("killed after "))
    }

    @Test func itsExitCodeAndErrorsAreTold() throws {
        let outcome = try ProgramRun.run(["ls", "/nonexistent"], limit: 10 * Self.second)
        #expect(outcome.code == 2 && outcome.reason.contains("exit code 2") && outcome.reason.contains("/nonexistent"))
    }

    @Test func aProgramThatIsNotThereIsOneClearError() {
        let error = #expect(throws: HostError.self) {
            try ProgramRun.run(["no-such-program-anywhere"], limit: Self.second)
        }
        #expect(error?.code == .missing && error?.message == "no program `no-such-program-anywhere`")
    }

    @Test func theEventLoopGoesOnWhileAProgramRuns() throws {
        let loop = try EventLoop()
        var ticks = 0
        var outcome: ProgramRun.Outcome?
        let run = try ProgramRun(
            ["sh", "-c", "cat; sleep 0.2; echo done"], input: Array("in ".utf8), limit: 10 * Self.second)
        try run.follow(on: loop) {
            outcome = $0
            loop.stop()
        }
        func tick() {
            ticks += 1
            loop.at(BootTime.now + 10_000_000) { tick() }
        }
        tick()
        loop.run()
        #expect(outcome?.outputText == "in done\n" && ticks > 2)
    }

    @Test func theEventLoopKillsAProgramWhenItsTimeIsOver() throws {
        let loop = try EventLoop()
        var outcome: ProgramRun.Outcome?
        try ProgramRun(["sleep", "100"], limit: Self.second / 10).follow(on: loop) {
            outcome = $0
            loop.stop()
        }
        loop.run()
        #expect(outcome?.isTimedOut == true && outcome?.end?.signal == 9)
    }
}
