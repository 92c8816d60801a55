package import ChaosPlan

/// How one fault is put in force on this host, held, and taken back.
///
/// The executor makes one per fault. Making it checks everything that can be checked and changes nothing. Between
/// `inject` and `revert` the executor holds it by lease; whichever of our processes dies, the recorded steps pay for it.
protocol HostMechanism: AnyObject {
    /// What serves: `nftables`, `netem`, `freezer`, …, for doctor and journal.
    var name: String { get }

    /// Puts the fault in force. Every mutation is preceded by `undo.record`, which returns when the step is on disk;
    /// between two mutations it calls `undo.reach(.midInjection)`. On a throw the executor reverts what was recorded.
    func inject(undo: UndoRecorder) throws(HostError)

    /// What the kernel says when read back now; throws if it does not say what was commanded.
    func readBack() throws(HostError) -> Evidence

    /// The lease was renewed: whatever the kernel holds by a timeout is held until `deadline` (BootTime).
    func extend(until deadline: Int64) throws(HostError)

    /// Takes the fault back with the handles at hand. Idempotent; recorded steps are paid after it in any case.
    func revert() throws(HostError)

    /// What of it is still in force, in words; empty when clean. Reads the kernel, not our own state.
    func residue() throws(HostError) -> [String]

    /// Called once, after `inject`: where it follows what happens (a respawned process, a worker's end).
    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void)
}

extension HostMechanism {
    func extend(until deadline: Int64) throws(HostError) {}
    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {}
}

/// What was read back of a fault.
package struct Evidence: Hashable, Sendable {
    /// One line for people: `table inet gauntlet-f1: 37 × 40 addresses, drop at input`.
    package var text: String
    /// Targets hit, as an operator would name them.
    package var targets: [String]
    /// Whether anything is in force: false if, say, no process matched any more.
    package var isEffective: Bool

    package init(_ text: String, targets: [String] = [], isEffective: Bool = true) {
        self.text = text
        self.targets = targets
        self.isEffective = isEffective
    }
}

/// What a mechanism tells unasked.
enum HostEvent: Hashable, Sendable {
    /// The fault is no longer in force by itself: why.
    case ended(String)
    /// Worth a line in the journal: `killed again: process 812`.
    case noted(String)
}

/// What a mechanism is made from: checked parameters and the host.
package struct FaultRequest {
    package var id: String
    package var kind: FaultKind
    /// The mechanism asked for by name; nil takes the first that serves.
    package var mechanism: String?
    package var parameters: Value
    package var host: HostContext

    package init(id: String, kind: FaultKind, mechanism: String? = nil, parameters: Value, host: HostContext) {
        self.id = id
        self.kind = kind
        self.mechanism = mechanism
        self.parameters = parameters
        self.host = host
    }
}

/// Writes undo steps down for one fault.
package struct UndoRecorder {
    package var log: UndoLog
    package var fault: String
    package var kind: FaultKind

    package init(log: UndoLog, fault: String, kind: FaultKind) {
        self.log = log
        self.fault = fault
        self.kind = kind
    }

    func record(_ step: UndoStep) throws(HostError) { try record([step]) }

    /// All at once: the disk is waited for once only.
    func record(_ steps: [UndoStep]) throws(HostError) {
        Checkpoint.reach(.beforeRecord)
        try log.record(steps, fault: fault, kind: kind.rawValue)
        Checkpoint.reach(.afterRecord)
    }

    func reach(_ step: Checkpoint) { Checkpoint.reach(step) }
}

/// The executor's standing facts, shared by its mechanisms.
package final class HostContext {
    let run: String
    let directories: StateDirectories
    let protection: Protection
    /// Flows of the executor to its runner, exempt from every network fault.
    let control: [ControlFlow]
    /// The lease's present end (BootTime).
    var deadline: Int64

    package init(
        run: String, directories: StateDirectories, protection: Protection, control: [ControlFlow], deadline: Int64
    ) {
        self.run = run
        self.directories = directories
        self.protection = protection
        self.control = control
        self.deadline = deadline
    }

    /// This program's own file, for workers.
    static let executable = "/proc/self/exe"
}

/// A TCP flow by the far end's address and port (and ours, where known) that no fault may touch.
package struct ControlFlow: Hashable, Sendable {
    package var address: String
    package var port: Int
    package var localPort: Int?

    package init(address: String, port: Int, localPort: Int? = nil) {
        self.address = address
        self.port = port
        self.localPort = localPort
    }
}
