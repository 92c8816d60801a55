public import ChaosPlan

/// Where faults are injected and clients watched: a simulation in virtual time, or processes on real hosts.
///
/// A world carries out, it decides nothing: phases, repeats, rules, abort and healing are `RunMachine`'s. It reports what
/// clients saw only through the `Observer` it was started with.
public protocol World: AnyObject {
    /// Fault kinds it can inject.
    var capabilities: Set<FaultKind> { get }

    /// Brings the fleet up and starts the load; time zero of the run.
    func start(plan: Plan, schedule: Schedule, observer: Observer) async throws(WorldError)

    /// Lets time pass up to `instant` (from the start of the run). Returns early where the run has to decide something, or
    /// may want to.
    func advance(to instant: Nanoseconds) async throws(WorldError) -> WorldSignal

    /// Puts a fault in force and proves it from outside its own mechanism.
    func inject(_ instance: Int) async throws(WorldError) -> Injection

    /// Takes it back and reads back that it is gone. Must succeed even for a fault that was only half injected.
    func revert(_ fault: consuming ActiveFault) async throws(WorldError) -> Reversal

    /// Stops the load, reads what is left to read, and writes the totals.
    func finish() async throws(WorldError)
}

public enum WorldSignal: Hashable, Sendable {
    /// `instant` was reached.
    case reached
    /// A fault that ends by itself (a rollout, a procedure) ended now.
    case ended(instance: Int, now: Nanoseconds)
    /// Time came so far and nothing happened: a look at whether the operator wants to stop.
    case passed(now: Nanoseconds)
}

/// A fault took effect: the handle to take it back, and what was seen of it.
public struct Injection: ~Copyable {
    public var fault: ActiveFault
    public var evidence: FaultEvidence

    public init(fault: consuming ActiveFault, evidence: FaultEvidence) {
        self.fault = fault
        self.evidence = evidence
    }

    public consuming func take() -> ActiveFault { fault }
}

/// What was read back of a fault, and whom it hit.
public struct FaultEvidence: Hashable, Sendable {
    public var text: String
    public var targets: [String]
    public var subjects: [Int]
    /// False if nothing changed (say, the target was dead already): the fault did not land.
    public var effective: Bool
    /// When it took effect, from the start of the run; nil: at the very instant it was commanded.
    public var at: Nanoseconds?

    public init(text: String, targets: [String], subjects: [Int], effective: Bool, at: Nanoseconds? = nil) {
        self.text = text
        self.targets = targets
        self.subjects = subjects
        self.effective = effective
        self.at = at
    }
}

/// A fault is gone: what was read back, and when that was.
public struct Reversal: Hashable, Sendable, ExpressibleByStringLiteral {
    public var text: String
    /// From the start of the run; nil: at the very instant it was commanded.
    public var at: Nanoseconds?

    public init(_ text: String, at: Nanoseconds? = nil) {
        self.text = text
        self.at = at
    }

    public init(stringLiteral text: String) { self.init(text) }
}

/// A fault in force. It is an id and nothing more: how to undo it lives in the world (and, on a real host, on disk).
/// It cannot be copied, and dropping it without `revert` is a bug that traps.
public struct ActiveFault: ~Copyable {
    public let instance: Int

    public init(instance: Int) { self.instance = instance }

    /// Ends the handle's life in the world's `revert`.
    public consuming func relinquish() -> Int {
        let instance = self.instance
        discard self
        return instance
    }

    deinit { leaked(instance) }
}

@inline(never)
private func leaked(_ instance: Int) {
    preconditionFailure("fault instance \(instance) was dropped while in force; every ActiveFault must be reverted")
}

/// Why a world could not do what it was asked.
public struct WorldError: Error, Hashable, Sendable {
    public enum Code: String, Hashable, Sendable {
        /// This world has no way to do it.
        case unsupported
        case injectionFailed
        case revertFailed
        case fleetFailed
    }

    public var code: Code
    public var message: String

    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}
