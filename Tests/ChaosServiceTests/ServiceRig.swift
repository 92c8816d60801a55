import ChaosCalendar
import ChaosService
import Foundation
import Testing

/// A folder with a calendar and a `gauntlet` that is a shell script: it notes what it was asked for, takes its time, and leaves
/// what a run leaves.
final class ServiceRig: Sendable {
    let directory: String
    /// 2026-11-21 00:00 UTC, when the rig was made; a minute in a second, so that a busy machine does not miss most of them.
    static let begin: Int64 = 1_795_219_200
    static let rate = 60.0
    let clock: FastClock
    let origin = Date().timeIntervalSince1970

    /// - Parameter run: shell that a run does, in its own time; `$seed`, `$world` and `$out` are there.
    init(_ calendar: String, run: String = "sleep 0.03") throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "gauntlet-service-\(UUID())").path
        clock = FastClock(rate: Self.rate, begin: Self.begin, origin: origin)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try ("gauntlet-calendar: 1\nout: \(directory)/reports\n" + calendar)
            .write(toFile: path("calendar.yaml"), atomically: true, encoding: .utf8)
        try script(run).write(toFile: path("gauntlet"), atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path("gauntlet"))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func settings() -> ServiceSettings {
        var settings = ServiceSettings(
            calendar: path("calendar.yaml"), reports: path("reports"), gauntlet: path("gauntlet"), clock: clock)
        settings.patience = 60
        settings.tell = { [self] in note($0) }
        return settings
    }

    /// As `ServiceProcess` does.
    private func note(_ notice: ServiceNotice) {
        let line = Data("\(notice.kind) \(notice.scenario ?? "") \(notice.seed ?? 0)\n".utf8)
        let descriptor = open(path("reports/told"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    /// What services told, each `KIND SCENARIO SEED`.
    var told: Set<String> {
        Set(
            ((try? String(contentsOfFile: path("reports/told"), encoding: .utf8)) ?? "").split(separator: "\n").map(
                String.init))
    }

    /// Lines of what the script noted.
    var log: [String] {
        ((try? String(contentsOfFile: path("log"), encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// Serves while `body` looks on, then ends gracefully.
    func serve(_ body: (Service) async throws -> Void) async throws {
        let service = try Service(settings())
        let serving = Task { try await service.run() }
        do { try await body(service) } catch {
            serving.cancel()
            _ = await serving.result
            throw error
        }
        serving.cancel()
        _ = try await serving.value
    }

    /// Of what ended, the latest first, what had begun: while a test looks on, more becomes due, and is missed or refused.
    static func ran(_ status: ServiceStatus) -> [ServiceStatus.EndedRun] {
        status.recent.filter { !$0.outcome.hasPrefix("missed") && !$0.outcome.hasPrefix("refused") }
    }

    /// Waits for something that must come.
    static func wait(
        for what: String, _ limit: Duration = .seconds(180), _ isThere: () async throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + limit
        while try await !isThere() {
            guard ContinuousClock.now < end else { throw Never(what: what) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    struct Never: Error { var what: String }

    private func script(_ run: String) -> String {
        """
        #!/bin/sh
        cd '\(directory)' || exit 70
        command=$1; scenario=$2; world=simulated; seed=1; out=reports
        while [ $# -gt 0 ]; do
            case $1 in --seed) seed=$2;; --world) world=$2;; --out) out=$2;; esac
            shift
        done
        case $command in
        plan)
            echo '{"fleet":"two-machine","fleet_agents":77,"baseline_ns":1000000000,"faults_ns":2000000000,"recovery_ns":0,
                "blast_radius":{"hosts":["PC2"],"agents":["a","b"],"exposed":[]}}'
            exit 0;;
        fleet)
            [ -e sick ] || exit 69
            echo '{"processes":[{"name":"EdgeHub","state":"waiting","isReady":false}]}'
            exit 0;;
        esac
        # One write each: lines of several programs do not mix.
        echo "begin $GAUNTLET_JOB" >> log
        code=0; verdict=held; broken=''
        \(run)
        directory="$out/$scenario/$(date -u +%Y%m%d-%H%M%S)-$seed"
        mkdir -p "$directory"
        card='{"verdict":"'$verdict'","score":98.5,"broken_invariants":['$broken'],"facts":{"downtime":[{"down_ns":12000000000},{"down_ns":500000000}]}}'
        echo "$card" > "$directory/scorecard.json"
        echo '{"seed":'$seed',"exit_code":'$code',"started":"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'","ending":"completed"}' > "$directory/run.part"
        mv "$directory/run.part" "$directory/run.json"
        echo "end $GAUNTLET_JOB" >> log
        echo '{"run":{"directory":"'$directory'","exit_code":'$code',"replay":"gauntlet replay '$directory'"},"scorecard":'$card'}'
        exit $code
        """
    }
}
