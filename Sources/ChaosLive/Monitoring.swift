import ChaosFleet
import ChaosPlan

extension LaunchSpec {
    /// With Debian's Prometheus and Alertmanager.
    func monitored(_ fleet: Fleet) throws(LiveError) -> LaunchSpec {
        let programs = ["prometheus", "prometheus-alertmanager"].map { ($0, Programs.path(of: $0)) }
        let missing = programs.filter { $0.1 == nil }.map { "\($0.0) (Debian: apt-get install \($0.0))" }
        guard let prometheus = programs[0].1, let alertmanager = programs[1].1 else {
            throw LiveError("missing for a monitored run: \(missing.joined(separator: ", "))", isMissing: true)
        }
        let setup = MonitoringSetup(FleetLayout(LiveFleet(live: fleet).fleet))
        return monitored(by: setup, prometheus: prometheus, alertmanager: alertmanager)
    }
}
