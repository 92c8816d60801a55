import CLinuxShims
import Glibc

/// The host's time of day, set off by an offset. Leases run on another clock and do not notice.
package final class HostClock: HostMechanism {
    /// A clock that keeps time is left alone; a smaller step could not be told from one.
    static let leastOffset: Int64 = 100_000_000
    /// Would set it back at once, or chase it. As /proc shows them: 15 characters.
    static let daemons: Set<String> = [
        "chronyd", "ntpd", "ntpsec", "openntpd", "systemd-timesyn", "ptp4l", "phc2sys",
    ]

    let name = "host"
    private let offset: Int64
    /// Time of day less time since boot, before the step (ns).
    private var difference: Int64?

    init(offset: Int64) throws(HostError) {
        guard offset.magnitude >= Self.leastOffset else {
            throw HostError(
                .malformed, "an offset below 100 ms cannot be told from a clock that is put right",
                hint: "at least 100ms")
        }
        guard host_wall_clock() + offset > 0 else {
            throw HostError(.malformed, "no clock can be set to before 1970", hint: "a smaller offset")
        }
        if let daemon = Self.daemon {
            throw HostError(
                .protected, "the time daemon \(daemon) keeps this host's clock and would fight the fault",
                hint: "stop it for the run, or use libfaketime")
        }
        let privilege = Self.privilege
        if let missing = privilege.missing { throw HostError(.privilege, missing, hint: privilege.remedy) }
        self.offset = offset
    }

    static var daemon: String? {
        SmallFile.names(in: "/proc").lazy.compactMap { Int32($0) }.compactMap { ProcessStatus.of($0)?.command }
            .first(where: daemons.contains)
    }

    static var capability: Capability {
        guard let daemon else { return privilege }
        return Capability(
            "host", missing: "the time daemon \(daemon) keeps this host's clock",
            remedy: "stop it for the run, or use libfaketime")
    }

    private static var privilege: Capability {
        let status = (try? SmallFile.read("/proc/self/status")) ?? ""
        let effective = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }?
            .split(whereSeparator: \.isWhitespace).last.flatMap { UInt64($0, radix: 16) }
        // CAP_SYS_TIME.
        if let effective, effective & 1 << 25 != 0 { return Capability("host") }
        return Capability(
            "host", missing: "this process may not set the clock",
            remedy: "run as root with CAP_SYS_TIME; a container needs --cap-add SYS_TIME")
    }

    package static var difference: Int64 { host_wall_clock() - BootTime.now }

    func inject(undo: UndoRecorder) throws(HostError) {
        let difference = Self.difference
        try undo.record(.wallClock(offset: offset, difference: difference, boot: Boot.id))
        self.difference = difference
        try SystemCall.check(host_set_wall_clock(host_wall_clock() + offset), "setting the clock")
        undo.reach(.midInjection)
    }

    func readBack() throws(HostError) -> Evidence {
        guard let difference else { return Evidence("not in force", isEffective: false) }
        let off = Self.difference - difference
        return Evidence(
            "the host's clock is off by \(off / 1_000_000) ms against the time since boot",
            isEffective: Self.debt(offset: offset, difference: difference, now: Self.difference) == .owed)
    }

    func revert() throws(HostError) {
        guard let difference else { return }
        if case .owed(let why) = Self.pay(offset: offset, difference: difference, boot: Boot.id) {
            throw HostError(.failed, why)
        }
    }

    func residue() throws(HostError) -> [String] {
        guard let difference, Self.debt(offset: offset, difference: difference, now: Self.difference) == .owed else {
            return []
        }
        return ["the host's clock is still off by \((Self.difference - difference) / 1_000_000) ms"]
    }

    package enum Debt: Hashable {
        /// Never stepped, or back already.
        case none
        case owed
        /// Set by somebody else, far from where we found it and from where we put it.
        case foreign
    }

    /// What `now`, the time of day less the time since boot, says of a step by `offset` from `difference`. Half the offset
    /// is left to whatever else moved the clock meanwhile.
    package static func debt(offset: Int64, difference: Int64, now: Int64) -> Debt {
        let moved = now - difference
        let half = Int64(offset.magnitude / 2)
        if abs(moved - offset) < half { return .owed }
        return abs(moved) <= half ? .none : .foreign
    }

    static func pay(offset: Int64, difference: Int64, boot: String) -> Payment {
        // The next boot has read its clock anew.
        guard boot == Boot.id else { return .nothingThere }
        switch debt(offset: offset, difference: difference, now: Self.difference) {
        case .none: return .nothingThere
        case .foreign:
            return .owed("the clock was set by somebody else meanwhile; set it right by hand, then remove the record")
        case .owed:
            // By the offset, not to a remembered time: what the clock gained since stays.
            let result = host_set_wall_clock(host_wall_clock() - offset)
            return result < 0
                ? .owed("the clock cannot be set back by \(offset / 1_000_000) ms: \(SystemCall.reason(-result))")
                : .paid
        }
    }
}
