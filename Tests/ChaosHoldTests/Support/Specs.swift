import ChaosFleet

/// Launch specs of small fleets.
enum Specs {
    static let restart = LaunchSpec.Restart(
        isOn: true, delay: 300_000_000, cap: 2_000_000_000, multiplier: 2, limit: 5, interval: 10_000_000_000,
        stableAfter: 10_000_000_000)

    /// Of its own for each test, so that they can run at the same time.
    static func name() -> String { "test-\(UInt64.random(in: 0..<(1 << 40)))" }

    static func hosts(_ count: Int = 2) -> [LaunchSpec.Host] {
        (0..<count).map {
            LaunchSpec.Host(name: "h\($0)", address: "10.77.0.\($0 + 1)", disk: 8 << 20, diskUsed: 3 << 20)
        }
    }

    static func fleet(_ processes: [LaunchSpec.Process], files: [LaunchSpec.File] = []) -> LaunchSpec {
        LaunchSpec(fleet: name(), hosts: hosts(), files: files, processes: processes, restart: restart)
    }

    /// Does nothing, and is ready at once.
    static func sleeper(_ name: String = "sleeper", host: String? = "h0", stage: Int = 0) -> LaunchSpec.Process {
        process(name, host, ["sleep", "1000"], stage: stage)
    }

    /// Accepts connections.
    static func server(_ name: String, host: String, stage: Int = 0) -> LaunchSpec.Process {
        process(name, host, ["/usr/bin/python3", "-m", "http.server", "8080"], stage: stage, port: 8080)
    }

    static func process(
        _ name: String, _ host: String?, _ command: [String], stage: Int = 0, port: Int? = nil,
        environment: [String: String] = [:], isSupervised: Bool = true
    ) -> LaunchSpec.Process {
        LaunchSpec.Process(
            name: name, host: host, command: command, environment: environment,
            log: host.map { "\(FleetLayout.disk(host: $0))/log/\(name).log" } ?? "/fleet/log/\(name).log", stage: stage,
            readyPort: port, isSupervised: isSupervised)
    }
}
