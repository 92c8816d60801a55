import ChaosPlan

/// A monitoring for a fleet, as its operators would run one: Prometheus, which asks every agent and hub for its metrics, and
/// Alertmanager, which tells a receiver of ours. For Debian's prometheus 2.42 and prometheus-alertmanager 0.25. All of it is
/// outside of all hosts, so that no fault of the fleet's network blinds it.
public struct MonitoringSetup: Sendable {
    public static let directory = "/fleet/monitoring"
    /// Whoever finds this file in a fleet knows that it is monitored.
    public static let prometheusFile = "\(directory)/prometheus.yml"
    public static let rulesFile = "\(directory)/rules.yml"
    public static let alertmanagerFile = "\(directory)/alertmanager.yml"
    public static let prometheusPort = 9090
    public static let alertmanagerPort = 9093
    /// Where `gauntlet-probe alerts` listens while a run is on.
    public static let receiverPort = 9094
    public static var receiver: String { "\(FleetLayout.outside):\(receiverPort)" }

    private let layout: FleetLayout
    private var fleet: Fleet { layout.fleet }

    public init(_ layout: FleetLayout) { self.layout = layout }

    public var files: [LaunchSpec.File] {
        [
            LaunchSpec.File(path: Self.prometheusFile, text: prometheus),
            LaunchSpec.File(path: Self.rulesFile, text: rules),
            LaunchSpec.File(path: Self.alertmanagerFile, text: alertmanager),
        ]
    }

    /// To be started when all members run: who is not up yet is not down.
    public func processes(prometheus: String, alertmanager: String, stage: Int) -> [LaunchSpec.Process] {
        func process(_ name: String, _ command: [String], _ port: Int) -> LaunchSpec.Process {
            LaunchSpec.Process(
                name: name, host: nil, command: command, log: "\(FleetLayout.root)/out/\(name)", stage: stage,
                readyPort: port)
        }
        let outside = FleetLayout.outside
        return [
            process(
                "alertmanager",
                [
                    alertmanager, "--config.file=\(Self.alertmanagerFile)",
                    "--storage.path=\(Self.directory)/alertmanager",
                    "--web.listen-address=\(outside):\(Self.alertmanagerPort)", "--cluster.listen-address=",
                    "--log.level=warn",
                ], Self.alertmanagerPort),
            process(
                "prometheus",
                [
                    prometheus, "--config.file=\(Self.prometheusFile)",
                    "--storage.tsdb.path=\(Self.directory)/prometheus",
                    "--web.listen-address=\(outside):\(Self.prometheusPort)", "--rules.alert.resend-delay=5s",
                    "--log.level=warn",
                ], Self.prometheusPort),
        ]
    }

    // MARK: Text

    /// Who is asked, each by its member's name as `instance`.
    public var prometheus: String {
        var text = """
            # Written by gauntlet for the fleet \(fleet.name).
            global:
              scrape_interval: 1s
              scrape_timeout: 900ms
              evaluation_interval: 1s
            rule_files:
              - rules.yml
            alerting:
              alertmanagers:
                - static_configs:
                    - targets: ["\(FleetLayout.outside):\(Self.alertmanagerPort)"]
            scrape_configs:
              - job_name: fleet
                static_configs:

            """
        for index in fleet.hubs.indices { text += target(.hub(index), role: "hub", home: nil) }
        for index in fleet.agents.indices {
            let home = fleet.primaryHub(ofAgent: index).map { fleet.hubs[$0].name }
            text += target(.agent(index), role: "agent", home: home)
        }
        return text
    }

    private func target(_ member: Member, role: String, home: String?) -> String {
        let host = fleet.hosts[fleet.host(of: member)].name
        var labels = "instance: \"\(fleet.name(of: member))\", host: \"\(host)\", role: \(role)"
        if let home { labels += ", home: \"\(home)\"" }
        return """
                  - targets: ["\(layout.endpoint(of: member))"]
                    labels: { \(labels) }

            """
    }

    /// What is worth waking somebody for. Every alert says by `instance`, `host` or `fault_target` what it is about.
    public var rules: String {
        let full = fleet.policies.logs.act.partsPerMillion
        var text = """
            # Written by gauntlet for the fleet \(fleet.name).
            groups:
              - name: fleet
                rules:
                  - alert: InstanceDown
                    expr: up == 0
                    for: 2s
                    labels: { severity: critical }
                    annotations: { summary: "{{ $labels.instance }} on {{ $labels.host }} gives no metrics" }
                  - alert: BreakerOpen
                    expr: max by (instance, host, edge) (gauntlet_agent_breaker_open) == 1
                    labels: { severity: warning }
                    annotations: { summary: "{{ $labels.edge }} is cut off by its breaker" }
                  - alert: DiskAlmostFull
                    expr: max by (host) (gauntlet_agent_disk_used_ppm) >= \(full)
                    labels: { severity: critical }
                    annotations: { summary: "the disk of {{ $labels.host }} is almost full" }

            """
        guard fleet.hubs.count > 1 else { return text }
        let switched = fleet.hubs.map { "gauntlet_agent_hub{home=\"\($0.name)\",hub!=\"\($0.name)\"} == 1" }
        text += """
                  - alert: HubSwitched
                    expr: |-
                      count by (home) (
                        \(switched.joined(separator: "\n            or "))
                      ) > 0
                    labels: { severity: warning, fault_target: "{{ $labels.home }}" }
                    annotations: { summary: "{{ $value }} agents of {{ $labels.home }} are with the other hub" }
                  - alert: HubsApart
                    expr: max by (instance, host) (gauntlet_hub_degraded) == 1
                    labels: { severity: critical }
                    annotations: { summary: "{{ $labels.instance }} has lost the other hub" }

            """
        return text
    }

    /// At once, and again when it is over: a receiver that matches alerts with faults wants the instants.
    public var alertmanager: String {
        """
        # Written by gauntlet for the fleet \(fleet.name).
        route:
          receiver: gauntlet
          group_by: [alertname]
          group_wait: 100ms
          group_interval: 1s
          repeat_interval: 1h
        receivers:
          - name: gauntlet
            webhook_configs:
              - url: http://\(Self.receiver)/alerts
                send_resolved: true

        """
    }
}

extension LaunchSpec {
    /// With a monitoring, which is started last.
    public func monitored(by setup: MonitoringSetup, prometheus: String, alertmanager: String) -> LaunchSpec {
        var spec = self
        let stage = (processes.map(\.stage).max() ?? -1) + 1
        spec.files += setup.files
        spec.processes += setup.processes(prometheus: prometheus, alertmanager: alertmanager, stage: stage)
        return spec
    }
}
