import ChaosPlan
import ChaosReport

extension Failure {
    /// A journal that cannot be read, or that nobody of ours wrote.
    init(journal error: JournalError, in store: RunStore) {
        switch error {
        case .unreadable: self.init(.unavailable, error.description)
        case .malformed: self.init(.invalidPlan, "\(store.path(of: RunDirectory.journal)): \(error.description)")
        }
    }
}
