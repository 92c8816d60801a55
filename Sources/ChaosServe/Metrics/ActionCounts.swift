import Synchronization

/// Attempts to act, counted by what was asked and how it was answered.
package final class ActionCounts: Sendable {
    package struct Entry: Sendable {
        package var action: String
        package var answer: String
        package var count: Int
    }

    private let counts = Mutex<[String: [String: Int]]>([:])

    package init() {}

    /// Both from a closed set of words: they become labels.
    package func add(_ action: String, _ answer: String) {
        counts.withLock { $0[action, default: [:]][answer, default: 0] += 1 }
    }

    package var entries: [Entry] {
        counts.withLock { counts in
            counts.sorted { $0.key < $1.key }.flatMap { action, answers in
                answers.sorted { $0.key < $1.key }.map { Entry(action: action, answer: $0.key, count: $0.value) }
            }
        }
    }
}
