import ChaosFleet
import ChaosPlan
import ChaosResilience
import FoundationEssentials
import Glibc
import NIOCore

/// Looks at its host's disk every few seconds, as the simulator's house-keeping does, and lets the agent's log react.
final class HouseKeeping: @unchecked Sendable {
    private let host: String
    private let path: String
    private let policies: Policies
    private let phase: Nanoseconds
    /// One process of a host tells of its disk, or all would tell the same.
    private let isTeller: Bool
    private let log: LogFile
    private let clock: LoopClock
    private let telemetry: TelemetryFile
    private var watch: DiskWatch
    private var told = DiskLevel.normal
    private var rotationLimit = RateLimit(.minute)
    private var scheduled: Scheduled<Void>?
    private(set) var used = Share.zero
    private(set) var isFull = false

    init(agent: Int, place: Place, log: LogFile, clock: LoopClock, telemetry: TelemetryFile) {
        let fleet = place.fleet
        let host = fleet.agents[agent].host
        self.host = fleet.hosts[host].name
        path = place.disk(of: .agent(agent))
        policies = fleet.policies
        phase = Draw(seed: 0, purpose: Draw.Purpose("phase"), entity: Draw.hash(self.host))
            .uniform(0, below: max(1, policies.logs.check))
        isTeller = fleet.agents.firstIndex { $0.host == host } == agent
        self.log = log
        self.clock = clock
        self.telemetry = telemetry
        watch = DiskWatch(thresholds: MachinePolicies(fleet).diskThresholds)
    }

    func start() {
        let period = max(.millisecond, policies.logs.check)
        let next = ((clock.now - phase) / period + 1) * period + phase
        scheduled = clock.at(next) { [weak self] in
            self?.look()
            self?.start()
        }
    }

    func stop() { scheduled?.cancel() }

    private func look() {
        let rotated = log.takeRotated()
        if rotated > 0, rotationLimit.allows(at: clock.now) {
            telemetry.mechanism(.logRotation, .change, by: host, from: "full file", to: "rotated \(rotated)")
        }
        guard let (used, capacity) = space() else { return }
        self.used = Share(partsPerMillion: used * 1_000 / max(1, capacity / 1_000))
        if let transition = watch.update(used: used, capacity: capacity), policies.enabled(.logRotation) {
            if isTeller {
                telemetry.mechanism(
                    .logRotation, transition.to > transition.from ? .detect : .restore, by: host, about: host,
                    from: "\(transition.from)", to: "\(transition.to)")
            }
            if transition.to == .emergency { log.relieve() }
            if transition.to == .normal { log.restoreLevel() }
        }
        isFull = used >= capacity
        let level: DiskLevel =
            switch watch.level {
            case _ where isFull: .full
            case .normal: .normal
            case .warn: .warn
            case .act: .act
            case .emergency: .emergency
            }
        if level != told {
            told = level
            if isTeller { telemetry.write(.disk(host: host, used: self.used, level: level)) }
        }
    }

    /// Bytes; nil where the path is on no file system.
    private func space() -> (used: Int64, capacity: Int64)? {
        var space = statvfs()
        guard statvfs(path, &space) == 0, space.f_blocks > 0 else { return nil }
        let block = Int64(space.f_frsize)
        return (Int64(space.f_blocks - space.f_bfree) * block, Int64(space.f_blocks) * block)
    }
}
