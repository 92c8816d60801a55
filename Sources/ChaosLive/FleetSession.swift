public import ChaosFleet
import ChaosHold
import ChaosLinux
public import ChaosPlan
import Glibc

/// A fleet that is up, and the ways into it. One that this run started ends with it; one that was up before goes on.
public final class FleetSession {
    public let fleet: Fleet
    public let programs: Programs
    /// The first process of the fleet's namespace, as numbered here.
    private let initial: Int32
    /// Nil: it was up before.
    private let holder: ChildProgram?
    /// As it was brought up here; its secrets are known to nobody else.
    let launch: LaunchPlan?
    /// Of a fleet that is not in a namespace of ours.
    private let attached: AttachedFleet?
    private let control: FleetControl
    /// The program that leads to other machines.
    private let ssh: String

    /// Brings a fleet up for as long as this object lives; or takes the one of that name that is up already.
    ///
    /// - Throws: one sentence that says what is missing or which process does not get ready.
    /// - Parameters:
    ///   - isMonitored: with a Prometheus and an Alertmanager that watch it.
    public static func open(_ fleet: Fleet, isMonitored: Bool = false) throws(LiveError) -> FleetSession {
        let programs = try Programs.find(for: fleet)
        if let live = fleet.live, live.isAttached { return try FleetSession(fleet, programs, attached: live) }
        if FleetControl.running().contains(fleet.name) { return try attach(fleet, programs, isMonitored) }
        let launch = try LaunchPlan(fleet, programs: programs)
        let holder = try ChildProgram([programs.host, "hold"])
        holder.send((isMonitored ? try launch.spec.monitored(fleet) : launch.spec).json)
        return FleetSession(fleet, programs, try readiness(of: fleet, from: holder), holder, launch)
    }

    /// What the holder says when everything is ready, or its end.
    private static func readiness(of fleet: Fleet, from holder: ChildProgram) throws(LiveError) -> FleetStatus {
        var reader = LineReader()
        while true {
            var wait = pollfd(fd: holder.output, events: Int16(POLLIN), revents: 0)
            _ = poll(&wait, 1, 200)
            if let line = reader.lines(from: holder.output).first { return try read(line) }
            if reader.isAtEnd {
                let code = holder.end(within: 5_000) ?? -1
                throw LiveError("the fleet \(fleet.name) did not come up", isMissing: code == 69)
            }
        }
    }

    /// Brings a fleet up and leaves it up when this process ends.
    public static func up(_ fleet: Fleet) throws(LiveError) -> FleetStatus {
        if fleet.live?.isAttached == true {
            throw LiveError("the fleet \(fleet.name) is attached: it runs already, and is not brought up here")
        }
        let programs = try Programs.find(for: fleet)
        let launch = try LaunchPlan(fleet, programs: programs)
        let holder = try ChildProgram([programs.host, "hold", "--detach"])
        holder.send(launch.spec.json)
        return try readiness(of: fleet, from: holder)
    }

    public static func down(_ fleet: String) throws(LiveError) {
        do throws(HostError) { try FleetControl(fleet: fleet).down() } catch {
            throw LiveError("the fleet \(fleet) was not ended: \(error.text)")
        }
    }

    /// Names of this user's fleets that are up.
    public static var running: [String] { FleetControl.running() }

    private static func attach(
        _ fleet: Fleet, _ programs: Programs, _ isMonitored: Bool
    ) throws(LiveError) -> FleetSession {
        let session = FleetSession(fleet, programs, try status(of: fleet.name), nil, nil)
        // Another fleet of the same name would be measured in its place.
        let running: LiveFleet
        do throws(FleetFileError) { running = try LiveFleet.read(session.path(FleetLayout.fleetFile)) } catch {
            throw LiveError("the fleet \(fleet.name) is up and cannot be read: \(error.message)")
        }
        guard running.fleet.digest == fleet.digest, running.fleet.policies.disabled == fleet.policies.disabled else {
            throw LiveError(
                "a fleet named \(fleet.name) is up with other values; end it first: gauntlet fleet down \(fleet.name)")
        }
        guard session.isMonitored || !isMonitored else {
            throw LiveError(
                "the fleet \(fleet.name) is up without a monitoring; end it first: gauntlet fleet down \(fleet.name)")
        }
        return session
    }

    private init(
        _ fleet: Fleet, _ programs: Programs, _ status: FleetStatus, _ holder: ChildProgram?,
        _ launch: LaunchPlan?
    ) {
        self.fleet = fleet
        self.programs = programs
        initial = status.initial
        self.holder = holder
        self.launch = launch
        attached = nil
        ssh = ""
        control = FleetControl(fleet: fleet.name)
    }

    /// Of processes that run already on this host.
    private init(_ fleet: Fleet, _ programs: Programs, attached live: LiveSettings) throws(LiveError) {
        let path = Programs.path(of: "ssh")
        if path == nil, live.machines.contains(where: { $0.remote != nil }) {
            throw LiveError(
                "missing for a fleet with hosts behind ssh: ssh (Debian: apt-get install openssh-client)",
                isMissing: true)
        }
        ssh = path ?? ""
        self.fleet = fleet
        self.programs = programs
        initial = getpid()
        holder = nil
        attached = try AttachedFleet(live)
        launch = nil
        control = FleetControl(fleet: fleet.name)
    }

    /// Whether it was brought up for this run.
    public var isOurs: Bool { holder != nil }

    /// Whether its processes ran before, and are not in a namespace of ours.
    var isAttached: Bool { attached != nil }

    /// Whether a host is another machine, behind ssh.
    func isRemote(_ host: String) -> Bool { remote(host) != nil }

    func remote(_ host: String) -> LiveSettings.Remote? { fleet.live?.machine(of: host)?.remote }

    /// Whether a monitoring of its own watches it.
    var isMonitored: Bool { access(path(MonitoringSetup.prometheusFile), F_OK) == 0 }

    /// Ends the fleet, if it was brought up here.
    public func close() {
        holder?.finish(within: 10_000)
        attached?.remove()
    }

    // MARK: Ways in

    /// Where a path of the fleet is, seen from here.
    func path(_ inside: String) -> String {
        attached.map { $0.directory + inside } ?? "/proc/\(initial)/root\(inside)"
    }

    /// The same, as a program sees it that is started by `entering`.
    func inside(_ path: String) -> String { attached.map { $0.directory + path } ?? path }

    /// The command that runs another in a host's network, or outside of all.
    func entering(_ host: String?, _ command: [String]) -> [String] {
        guard attached == nil else { return command }
        return [programs.host, "enter", "--fleet", fleet.name] + (host.map { ["--host", $0] } ?? []) + ["--"] + command
    }

    func executor(host: String) -> [String] {
        if let remote = remote(host) { return SSHCommand.words(remote, ssh: ssh, state: AttachedFleet.state) }
        // Its records are where `gauntlet-host recover` and `doctor` look for them.
        if attached != nil { return [programs.host, "serve"] + AttachedFleet.state }
        let state = FleetLayout.state(host: host)
        return entering(host, [programs.host, "serve", "--state", state, "--durable", "\(state)/durable"])
    }

    var isUp: Bool {
        if let holder { return holder.isRunning }
        return kill(initial, 0) == 0
    }

    /// Writes a file of the fleet, whole or not at all.
    func write(_ text: String, to inside: String, mode: UInt32 = 0o644) throws(LiveError) {
        let target = path(inside)
        let new = "\(target).new"
        let descriptor = Glibc.open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LiveError("\(inside): \(String(cString: strerror(errno)))") }
        let bytes = Array(text.utf8)
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        fchmod(descriptor, mode)
        Glibc.close(descriptor)
        guard written == bytes.count, rename(new, target) == 0 else {
            throw LiveError("\(inside) could not be written: \(String(cString: strerror(errno)))")
        }
    }

    func remove(_ inside: String) { unlink(path(inside)) }

    // MARK: Its supervisor

    func status() throws(LiveError) -> FleetStatus {
        if attached != nil { throw LiveError("nobody here supervises \(fleet.name)") }
        return try Self.status(of: fleet.name)
    }

    /// Stops a process in order and starts it again with these variables.
    func restart(_ process: String, environment: [String: String]) throws(LiveError) {
        if let attached { return try attached.restart(process) }
        do throws(HostError) {
            try control.stop(process)
            try control.start(process, environment: environment)
        } catch {
            throw LiveError("\(process) could not be restarted: \(error.text)")
        }
    }

    /// A request to one of the fleet's processes, from outside of all hosts; what it answers, nil for no answer.
    @discardableResult
    func call(_ method: String, _ endpoint: String, _ path: String) -> String? {
        guard
            let program = try? ChildProgram(
                entering(nil, [programs.probe, "call", method, "http://\(endpoint)\(path)"]))
        else { return nil }
        guard program.end(within: 3_000) == 0 else { return nil }
        var reader = LineReader()
        return reader.lines(from: program.output).joined(separator: "\n")
    }

    // MARK: Reading

    public static func status(of fleet: String) throws(LiveError) -> FleetStatus {
        do throws(HostError) { return try FleetControl(fleet: fleet).status() } catch {
            // 69 for one that is not up: that is no sick fleet, and a run brings it up.
            throw LiveError(error.text, isMissing: error.code == .missing)
        }
    }

    private static func read(_ line: String) throws(LiveError) -> FleetStatus {
        do throws(FleetFileError) { return try FleetStatus.read(json: line) } catch {
            throw LiveError(error.message)
        }
    }
}
