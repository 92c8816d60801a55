import Glibc

/// The steps at which the kill matrix holds the executor, to kill it or another just there.
///
/// In debug builds only, and off unless the process was started with GAUNTLET_CHECKPOINT=STEP: then the first arrival at that step writes its name to
/// descriptor 9 and waits for one byte from descriptor 8.
enum Checkpoint: String, CaseIterable {
    case beforeRecord = "before-record"
    case afterRecord = "after-record"
    case midInjection = "mid-injection"
    case inForce = "in-force"
    case midRevert = "mid-revert"

    #if DEBUG
        nonisolated(unsafe) private static var awaited: Checkpoint? =
            getenv("GAUNTLET_CHECKPOINT").flatMap { Checkpoint(rawValue: String(cString: $0)) }

        static func reach(_ step: Checkpoint) {
            guard awaited == step else { return }
            awaited = nil
            let line = Array("\(step.rawValue)\n".utf8)
            guard write(9, line, line.count) == line.count else { return }
            var byte: UInt8 = 0
            while read(8, &byte, 1) < 0 && errno == EINTR {}
        }
    #else
        static func reach(_ step: Checkpoint) {}
    #endif
}
