import ArgumentParser

/// Where a plan is carried out; the words of `--world` and of run records.
enum WorldKind: String, CaseIterable, ExpressibleByArgument {
    case simulated, live
}

/// How a run shows itself, and where it is written.
struct RunSettings {
    var out: String
    var isJSON: Bool
    var isQuiet: Bool
    /// A completed run ends with 0, whatever its verdict.
    var exitZero: Bool
    var world = WorldKind.simulated
    /// The simulated world's seconds in each real one; nil lets it run as fast as it can.
    var pace: Double?
    /// Writes clients' single operations beside the journal.
    var recordsOperations = false
    /// A live fleet is watched by a monitoring.
    var isMonitored = false
    /// Who is told of its end; nil: nobody.
    var notifications: RunNotifications?

    func code(_ code: ExitCode) -> ExitCode { exitZero && code.isVerdict ? .held : code }
}
