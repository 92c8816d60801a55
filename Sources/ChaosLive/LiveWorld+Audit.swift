import ChaosFleet
import ChaosPlan
import ChaosRun
import Dispatch
import Glibc
import Synchronization

/// The audits of a run: one when its baseline is over, one at its end. Each on a thread of its own, so that clients are heard
/// meanwhile; credentials that were good at the first are looked for in the second too.
final class CredentialAudits {
    private enum State { case idle, running, done(CredentialAudit.Result) }

    private final class Job: Sendable {
        let state = Mutex(State.idle)
    }

    private let job = Job()
    private var secrets: [CredentialAudit.Secret] = []
    private(set) var count = 0

    var isRunning: Bool {
        job.state.withLock { if case .idle = $0 { false } else { true } }
    }

    /// Begins one; `isRunning` until its result is taken.
    func begin(_ audit: (_ known: [CredentialAudit.Secret]) -> CredentialAudit) {
        let audit = audit(secrets)
        secrets = audit.secrets
        count += 1
        job.state.withLock { $0 = .running }
        DispatchQueue.global(qos: .utility).async { [job] in
            let result = audit.run()
            job.state.withLock { $0 = .done(result) }
        }
    }

    func take() -> CredentialAudit.Result? {
        job.state.withLock { state in
            guard case .done(let result) = state else { return nil }
            state = .idle
            return result
        }
    }
}

extension LiveWorld {
    /// To be called again and again while the run goes on.
    func audit() {
        if audits.count == 0, now >= plan.phases.faultsStart { audits.begin(auditOfFleet) }
        if let result = audits.take() { tell(result) }
    }

    /// The last one, when all has been said; returns when it is done.
    func auditAtEnd() {
        for isLast in [false, true] {
            if isLast { audits.begin(auditOfFleet) }
            while audits.isRunning {
                listen()
                if let result = audits.take() { tell(result) } else { usleep(10_000) }
            }
        }
    }

    private func tell(_ result: CredentialAudit.Result) {
        let time = min(max(0, now), plan.phases.end)
        for place in Exposure.Place.allCases {
            observer.audited(place, count: result.looked[place] ?? 0, now: time)
        }
        let exposures = result.exposures.subtracting(exposed)
        exposed.formUnion(exposures)
        for exposure in exposures.sorted(by: Self.isBefore) {
            observer.exposure(exposure, now: time)
            tell("exposed: \(exposure.what) in \(exposure.place.rawValue) \(exposure.location)")
        }
    }

    private static func isBefore(_ one: Exposure, _ other: Exposure) -> Bool {
        (one.place.rawValue, one.location, one.what) < (other.place.rawValue, other.location, other.what)
    }

    private func auditOfFleet(_ known: [CredentialAudit.Secret]) -> CredentialAudit {
        let present = CredentialAudit.secrets(in: session.path(FleetLayout.credentials))
        let new = present.filter { secret in !known.contains { $0.text == secret.text } }
        let names = FileTail.names(in: session.path(FleetLayout.root)).filter { $0.hasSuffix(".conf") }
        return CredentialAudit(
            secrets: known + new, processes: fleetProcesses(),
            logs: plan.fleet.hosts.map { session.path("\(FleetLayout.disk(host: $0.name))/log") }
                + ["out", "log"].map { session.path("\(FleetLayout.root)/\($0)") },
            configurations: ["conf", "servers", "monitoring", "fleet.json"].map {
                session.path("\(FleetLayout.root)/\($0)")
            } + names.map { session.path("\(FleetLayout.root)/\($0)") },
            root: session.path(""))
    }

    /// All in the fleet's namespace, by the names of its members where they are some.
    private func fleetProcesses() -> [CredentialAudit.Process] {
        var names: [String: String] = [:]
        for process in (try? session.status())?.processes ?? [] {
            if let pid = process.pid { names["\(pid)"] = process.name }
        }
        return FileTail.names(in: session.path("/proc")).filter { Int32($0) != nil }.map { pid in
            let directory = session.path("/proc/\(pid)")
            let command = FileTail.read("\(directory)/comm", depth: 64).map {
                String(decoding: $0.prefix { $0 != 10 }, as: UTF8.self)
            }
            return CredentialAudit.Process(name: names[pid] ?? command ?? "", directory: directory)
        }
    }
}
