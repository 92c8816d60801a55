import ChaosNotify
import ChaosPlan

/// A notification file, read for a command.
enum LoadedNotifications {
    /// Its problems go to standard error, all of them; with an error there the command ends.
    static func load(_ file: String) throws(Failure) -> NotifyConfiguration {
        let (configuration, problems) = NotifyConfiguration.read(text: try TextFile.read(file), file: file)
        for problem in problems { Terminal.note(problem.description) }
        guard let configuration else {
            let errors = problems.count { $0.severity == .error }
            throw Failure(.invalidPlan, "\(file): \(errors) error\(errors == 1 ? "" : "s")")
        }
        return configuration
    }
}
