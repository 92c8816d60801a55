import Browser
import Testing

/// One browser at a time: two starve each other on a small machine, and a test looks for what a browser leaves behind.
@Suite(.serialized, .enabled(if: Browser.isInstalled, "\(Browser.missing)"), .timeLimit(.minutes(10)))
struct InBrowser {}
