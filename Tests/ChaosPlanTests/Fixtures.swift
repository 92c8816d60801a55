import ChaosPlan

/// The examples of docs/formats.md, completed where the document abbreviates.
enum Fixtures {
    static let fleet = """
        gauntlet-fleet: 1
        name: two-machine
        summary: Two machines, one link.
        local-delay: 100us (assumed 20us..500us)
        hosts:
          - { name: MainPC, cores: 16 (assumed 8..32), memory: 64GiB (assumed 32GiB..128GiB), disk: 1TiB (assumed 256GiB..4TiB), disk-used: 40% (assumed 10%..70%) }
          - { name: PC2, cores: 8 (assumed 4..16), memory: 32GiB (assumed 16GiB..64GiB), disk: 512GiB (assumed 256GiB..4TiB), disk-used: 40% (assumed 10%..70%) }
        links:
          - { between: [MainPC, PC2], delay: 500us (assumed 100us..5ms), jitter: 100us (assumed 0us..1ms), bandwidth: 120MiB/s (assumed 10MiB/s..1GiB/s) }
        profiles:
          standard: { time: 8ms (assumed 2ms..40ms), spread: exponential, workers: 8 (assumed 2..32), queue: 64 (assumed 16..512), startup: 1s (assumed 200ms..5s), memory: 256MiB (assumed 64MiB..1GiB) }
          hub: { time: 1ms (assumed 200us..5ms), spread: exponential, workers: 8 (assumed 2..32), queue: 256 (assumed 16..512), startup: 1s (assumed 200ms..5s), memory: 256MiB (assumed 64MiB..1GiB) }
          broker: { time: 100us (assumed 20us..1ms), spread: constant, workers: 8 (assumed 2..32), queue: 1024 (assumed 16..4096), startup: 500ms (assumed 200ms..5s), memory: 256MiB (assumed 64MiB..1GiB) }
          redis: { time: 200us (assumed 50us..2ms), spread: exponential, workers: 1 (assumed 1..4), queue: 512 (assumed 16..4096), startup: 500ms (assumed 200ms..5s), memory: 256MiB (assumed 64MiB..1GiB) }
        hubs:
          - { name: CentralHub, host: MainPC, port: 9000, profile: hub }
          - { name: EdgeHub, host: PC2, port: 9100, profile: hub }
        broker:
          mode: leaf
          version: 2.9.10
          servers: [ { name: nats-main, host: MainPC, port: 4222 }, { name: nats-edge, host: PC2, port: 4223 } ]
          profile: broker
          sync: interval
          sync-interval: 2min (default)
          sync-time: 4ms (assumed 1ms..20ms)
          election-min: 4s (default)
          election-max: 9s (default)
          heartbeat: 1s (default)
          lost-quorum: 10s (default)
          ack-timeout: 5s (default)
          ack-wait: 30s (default)
          dedupe-window: 2min (default)
          max-ack-pending: 1000 (default)
          reconnect-wait: 2s (default)
          message-size: 512B (assumed 128B..8KiB)
        stores:
          - { name: redis-main, kind: redis, host: MainPC, port: 6379, profile: redis, writes: false }
        agents:
          - group: tutoring
            host: PC2
            profile: standard
            role: tutor
            standby: next
            labels: { tier: core }
            members: [ { name: TutorAgent, port: 7108 }, TutoringAgent, { name: TutoringServiceAgent, port: 7130, role: service, labels: { tier: edge, zone: b } } ]
          - group: models
            host: MainPC
            profile: standard
            members: [ ModelManagerAgent, PlannerAgent ]
        calls:
          - { from: tutoring, to: ModelManagerAgent, share: 20% (assumed 5%..60%), class: model, fallback: true }
          - { from: models, to: redis-main, share: 50% (assumed 5%..60%), class: database, fallback: false }
          - { from: PlannerAgent, to: TutorAgent, share: 10% (assumed 5%..60%), class: model, fallback: false }
          - { from: all, to: hub, share: 20% (assumed 0%..100%), class: hub, fallback: false }
        policies:
          call-classes:
            model: { timeout: 30s (promise), failures: 5 (promise), reset: 60s (promise) }
            database: { timeout: 10s (promise), failures: 3 (promise), reset: 30s (promise) }
            hub: { timeout: 1s (assumed 200ms..5s), failures: 5 (promise), reset: 15s (promise) }
          breaker: { kind: time, window: 60s (promise), minimum-calls: 20 (default), failure-share: 50% (default), successes: 3 (promise), half-open-permits: 1 (assumed 1..10), half-open-max-wait: 10s (assumed 1s..60s) }
          retry: { attempts: 3 (assumed 1..5), base: 50ms (assumed 10ms..1s), cap: 1s (assumed 200ms..10s), jitter: full, budget: 10% (default), reserve: 10 (assumed 1..100) }
          heartbeat: { detector: fixed, period: 500ms (assumed 100ms..2s), timeout: 1500ms (assumed 500ms..10s), jitter: 20ms (assumed 0ms..100ms), phi-threshold: 8 (default), phi-pause: 1s (assumed 0s..5s), phi-min-sigma: 100ms (default) }
          agent-failover: { switch-time: 1s (assumed 100ms..3s), validate-time: 1s (assumed 100ms..2s) }
          hub-failover: { detect-after: 2s (assumed 1s..10s), switch-time: 800ms (assumed 100ms..3s), failures: 3 (assumed 1..10), fail-back-after: 15s (assumed 1s..60s) }
          partition: { detect-after: 12s (promise), confirm-heal-after: 3s (assumed 1s..10s), sync-period: 1s (assumed 200ms..5s), merge-time: 5ms (assumed 1ms..50ms) }
          buffer: { messages: 10000 (assumed 1000..100000), bytes: 8MiB (default), overflow: reject-new, replay-window: 16 (assumed 1..256) }
          restart: { delay: 2s (assumed 1s..10s), cap: 30s (assumed 10s..2min), multiplier: 2 (assumed 1..4), limit: 5 (assumed 3..10), interval: 60s (assumed 30s..5min), stable-after: 60s (assumed 30s..5min) }
          logs: { file-size: 100MiB (promise), kept: 5 (promise), compression: 10% (assumed 5%..30%), bytes-per-request: 2KiB (assumed 512B..16KiB), warn: 80% (promise), act: 90% (promise), emergency: 95% (promise), check: 5s (assumed 1s..60s) }
          discovery: { local-ttl: 60s (promise), stale-for: 300s (promise), timeout: 100ms (promise) }
          rollback: { degradation: 10% (promise), check: 5s (promise), consecutive: 1 (assumed 1..5), takes: 3s (assumed 1s..10s) }
          credentials: { reload-every: 5s (assumed 1s..60s), grace: 30s (assumed 0s..5min), lifetime: 720h (assumed 24h..8760h) }
          disabled: []
        """

    static let scenario = """
        gauntlet: 1
        name: hub-failover
        summary: EdgeHub dies under load; its agents must be served by CentralHub within 5 s.
        fleet: fleets/two-machine.yaml            # beside this file
        fleet-set: { broker.mode: cluster }
        phases: { baseline: 30s, faults: 90s, recovery: 60s }
        workload:
          requests: { rate: 2/s, per: agent, timeout: 500ms }
          messages: { rate: 1/s, per: agent, stream: agent-events }
        faults:
          - id: kill-edge-hub
            kind: kill
            target: { name: EdgeHub }
            at: 5s
            for: 45s
        expect: [ hub-failover ]
        exercises: hub-failover
        use: [ data-safety ]
        objectives:
          - { metric: availability, over: budget, min: 99.9%, promise: hub-availability }
          - { metric: failover-time, of: kill-edge-hub, max: 5s, promise: hub-failover }
        safety:
          blast-radius: { hosts: 1, agents: 60% }
          abort-when: [ { metric: availability, over: 10s, below: 50% } ]
        faults-per-hour: 1
        variants:
          slow: { summary: "slower", set: { faults.kill-edge-hub.for: 80s, fleet.policies.hub-failover.detect-after: 8s } }
        """

    static let objectives = """
        gauntlet-objectives: 1
        blocks:
          data-safety:
            - { metric: acknowledged-loss, max: 0, invariant: true, promise: data-no-loss }
        """

    static func load(_ path: String) -> String? {
        switch path {
        case "fleets/two-machine.yaml": fleet
        case "objectives.yaml": objectives
        default: nil
        }
    }

    static func read(
        _ scenario: String = scenario, variant: String? = nil, set: [String] = [], disable: [Mechanism] = [],
        fleet: String = fleet
    ) -> Reading {
        PlanReader.read(
            scenario: scenario, file: "hub-failover.yaml", variant: variant, overrides: set, disable: disable
        ) { path in
            path == "fleets/two-machine.yaml" ? fleet : load(path)
        }
    }

    /// The fixture with its faults replaced; blocks of objectives that name the old fault go too.
    static func read(faults: String, rest: String = "") -> Reading {
        read(scenario(faults: faults, rest: rest))
    }

    static func scenario(faults: String, rest: String = "") -> String {
        """
        gauntlet: 1
        name: made-up
        summary: For a test.
        fleet: fleets/two-machine.yaml
        phases: { baseline: 30s, faults: 90s, recovery: 60s }
        workload:
          requests: { rate: 2/s, timeout: 500ms }
        exercises: breaker
        \(rest)
        faults:
        \(faults)
        """
    }
}
