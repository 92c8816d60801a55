import Browser
import Testing

/// One browser for all, and one test at a time: two starve each other on a small machine, and a test looks for what a browser
/// leaves behind.
@Suite(
    .serialized, .sharedBrowser, .enabled(if: Browser.isInstalled, "\(Browser.missing)"), .timeLimit(.minutes(10)))
struct InBrowser {}

/// Starts a browser for the time of a suite.
struct SharedBrowser: SuiteTrait, TestScoping {
    @TaskLocal static var current: Browser?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await Browser.with { browser in
            try await Self.$current.withValue(browser) { try await function() }
        }
    }
}

extension Trait where Self == SharedBrowser {
    static var sharedBrowser: Self { Self() }
}
