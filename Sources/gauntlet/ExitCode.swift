import ChaosReport
import ChaosRun
import ChaosScore

/// How the command ends, for scripts and pipelines. Throwing one ends the command without a message.
enum ExitCode: Int32, Error, CaseIterable {
    case held = 0
    /// Or a gate that failed.
    case deviated = 1
    case inconclusive = 2
    case notReverted = 3
    /// A fault that could not be injected, or a tool that failed: a full disk among them.
    case toolFailure = 4
    case aborted = 5
    case badArguments = 64
    case invalidPlan = 65
    /// A file, a privilege or a package is missing.
    case unavailable = 69
    /// A broken assumption that was caught.
    case internalError = 70
    case interrupted = 130

    /// Gravest first: what is reported when several apply. The design orders all but `interrupted`; an interrupted run was
    /// not measured as planned, so its verdict must not show, while whatever is worse than a verdict must.
    private static let gravity: [ExitCode] = [
        .notReverted, .internalError, .toolFailure, .aborted, .interrupted, .deviated, .inconclusive, .held,
    ]

    static func gravest(_ codes: [ExitCode]) -> ExitCode {
        gravity.first { codes.contains($0) } ?? .held
    }

    init(_ verdict: Verdict) {
        self =
            switch verdict {
            case .held: .held
            case .deviated: .deviated
            case .inconclusive: .inconclusive
            }
    }

    init(_ outcome: GateResult.Outcome) {
        self =
            switch outcome {
            case .passed: .held
            case .failed: .deviated
            case .inconclusive: .inconclusive
            }
    }

    init(_ error: WorldError) { self = error.code == .revertFailed ? .notReverted : .toolFailure }

    /// Of a run by how it went, whatever its verdict.
    init(_ outcome: Runner.Outcome) {
        var codes: [ExitCode] = []
        if !outcome.failedReverts.isEmpty { codes.append(.notReverted) }
        if !outcome.failedInjections.isEmpty { codes.append(.toolFailure) }
        switch outcome.ending {
        case .completed: break
        case .interrupted: codes.append(.interrupted)
        case .aborted: codes.append(.aborted)
        }
        self = Self.gravest(codes)
    }

    /// A verdict, or worse.
    var isVerdict: Bool { [.held, .deviated, .inconclusive].contains(self) }

    /// For `--help`.
    static let help = """
        Exit codes:
          0    held, or done
          1    deviated, or the gate failed
          2    inconclusive
          3    something could not be reverted
          4    a fault could not be injected, or a tool failed (a full disk)
          5    aborted by a safety rule
          64   bad arguments
          65   invalid plan, or a damaged file
          69   missing file, privilege or package
          70   a caught broken assumption: a replay that diverged
          130  interrupted and healed
        If several apply, the first of 3, 70, 4, 5, 130, 1, 2, 0.
        """
}
