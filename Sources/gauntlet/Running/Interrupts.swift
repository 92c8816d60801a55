import Glibc
import Synchronization

/// Counts how often the operator asked to stop. Once heals and measures, twice heals at once; the third time the process
/// ends, for nobody should need another terminal to stop a program.
enum Interrupts {
    private static let received = Atomic<Int>(0)

    static var count: Int { received.load(ordering: .relaxed) }

    static func watch() {
        // Touched here, so that the handler never is the first to: setting it up is not safe in a signal handler.
        received.store(0, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                if Interrupts.received.add(1, ordering: .relaxed).newValue > 2 { _exit(ExitCode.interrupted.rawValue) }
            }
        }
    }
}
