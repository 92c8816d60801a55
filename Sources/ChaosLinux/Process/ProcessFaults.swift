import CLinuxShims
import ChaosPlan
import Glibc

/// Kill, restart, pause, a host down, and a rolling restart.
enum ProcessFaults {
    private static let processes = ObjectShape.Key.required(
        "processes", .object(ProcessSelector.shape), "who: all that satisfy every key given")
    static let irreversible = ObjectShape.Key.byDefault(
        "allow-irreversible", .scalar(ScalarRule(.boolean)), "false", "do it though nothing can take it back")
    private static let supervised = ObjectShape.Key.byDefault(
        "supervised", .scalar(ScalarRule(.boolean)), "false", "something outside starts them again")
    private static let start = ObjectShape.Key.optional(
        "start", .object(StartCommand.shape), "starts them again, if nobody else does")
    private static let signal = ObjectShape.Key.byDefault(
        "signal", .word(ProcessKill.Signal.allCases.map(\.rawValue)), "KILL", "what they are sent")

    static func keys(of kind: FaultKind) -> [ObjectShape.Key] {
        switch kind {
        case .kill:
            [
                processes, signal,
                .byDefault("again", .scalar(ScalarRule(.boolean)), "true", "whoever comes back is killed again"),
                start, HoldFile.key(.scalar(ScalarRule(.text))), supervised, irreversible,
            ]
        case .restart: [processes, signal, start, supervised, irreversible]
        case .pause: [processes]
        case .hostDown:
            HostDown.keys + [
                HoldFile.key(.list(.scalar(ScalarRule(.text)), identity: nil, atLeast: 1)), supervised, irreversible,
            ]
        case .rollingRestart: RollingRestart.keys + [signal, supervised, irreversible]
        default: []
        }
    }

    static func capabilities(of kind: FaultKind) -> [Capability] {
        switch kind {
        case .pause: ProcessPause.capabilities
        case .hostDown: HostDown.capabilities
        default: [ProcessKill.capability]
        }
    }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        switch request.kind {
        case .pause: return try ProcessPause.make(request)
        case .hostDown: return try HostDown.make(request)
        case .rollingRestart: return try RollingRestart.make(request)
        default: return try ProcessKill.make(request)
        }
    }

    /// The mechanism asked for, or the first that serves.
    static func choose(
        _ wanted: String?, of kind: FaultKind, among capabilities: [Capability]
    ) throws(HostError) -> String {
        if let wanted {
            guard let known = capabilities.first(where: { $0.mechanism == wanted }) else {
                throw HostError(
                    .unknown, "no mechanism `\(wanted)` for \(kind.rawValue)",
                    hint: NearestWord.hint(wanted, among: capabilities.map(\.mechanism)))
            }
            guard let missing = known.missing else { return wanted }
            throw HostError(.unsupported, "`mechanism: \(wanted)`: \(missing)", hint: known.remedy)
        }
        if let first = capabilities.first(where: \.isPresent) { return first.mechanism }
        let missing = capabilities.compactMap(\.missing).joined(separator: "; ")
        throw HostError(
            .unsupported, "nothing here serves \(kind.rawValue): \(missing)", hint: capabilities.first?.remedy ?? "")
    }
}
