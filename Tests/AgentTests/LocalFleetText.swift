/// A fleet for one machine without namespaces: short times, and calls that are always made, so that a test takes seconds.
let localFleetText = """
    gauntlet-fleet: 1
    name: local
    summary: Two sides, for tests.
    local-delay: 100us (default)
    hosts:
      - { name: west, cores: 2 (default), memory: 1GiB (default), disk: 1GiB (default), disk-used: 10% (default) }
      - { name: east, cores: 2 (default), memory: 1GiB (default), disk: 1GiB (default), disk-used: 10% (default) }
    links:
      - { between: [west, east], delay: 500us (default), jitter: 0us (default), bandwidth: 100MiB/s (default) }
    profiles:
      quick: { time: 1ms (default), spread: exponential, workers: 8 (default), queue: 32 (default), startup: 20ms (default), memory: 64MiB (default) }
      slow: { time: 400ms (default), spread: constant, workers: 1 (default), queue: 1 (default), startup: 20ms (default), memory: 64MiB (default) }
    hubs:
      - { name: HubWest, host: west, profile: quick }
      - { name: HubEast, host: east, profile: quick }
    broker:
      mode: leaf
      version: 2.9.10
      servers: [ { name: nats-west, host: west }, { name: nats-east, host: east } ]
      profile: quick
      sync: interval
      sync-interval: 2min (default)
      sync-time: 1ms (default)
      election-min: 4s (default)
      election-max: 9s (default)
      heartbeat: 1s (default)
      lost-quorum: 10s (default)
      ack-timeout: 5s (default)
      ack-wait: 30s (default)
      dedupe-window: 2min (default)
      max-ack-pending: 1000 (default)
      reconnect-wait: 2s (default)
      message-size: 512B (default)
    stores:
      - { name: files, kind: sqlite, host: west, profile: quick, writes: true }
      - { name: cache, kind: redis, host: west, profile: quick, writes: false }
    agents:
      - group: front
        host: east
        profile: quick
        members: [ Asker, Rememberer, Writer, Reporter ]
      - group: back
        host: east
        profile: quick
        standby: Understudy
        members: [ Answerer ]
      - group: reserve
        host: west
        profile: quick
        members: [ Understudy ]
      - group: sluggish
        host: west
        profile: slow
        members: [ Sloth ]
    calls:
      - { from: Asker, to: Answerer, share: 100% (default), class: agent, fallback: true }
      - { from: Rememberer, to: cache, share: 100% (default), class: database, fallback: false }
      - { from: Writer, to: files, share: 100% (default), class: database, fallback: false }
      - { from: Reporter, to: hub, share: 100% (default), class: hub, fallback: false }
    policies:
      call-classes:
        database: { timeout: 2s (default), failures: 50 (default), reset: 1s (default) }
        agent: { timeout: 2s (default), failures: 4 (default), reset: 1s (default) }
        hub: { timeout: 2s (default), failures: 50 (default), reset: 1s (default) }
      breaker: { kind: time, window: 60s (default), minimum-calls: 20 (default), failure-share: 50% (default), successes: 1 (default), half-open-permits: 1 (default), half-open-max-wait: 10s (default) }
      retry: { attempts: 2 (default), base: 5ms (default), cap: 20ms (default), jitter: full, budget: 100% (default), reserve: 100 (default) }
      heartbeat: { detector: fixed, period: 100ms (default), timeout: 700ms (default), jitter: 5ms (default), phi-threshold: 8 (default), phi-pause: 1s (default), phi-min-sigma: 100ms (default) }
      agent-failover: { switch-time: 100ms (default), validate-time: 100ms (default) }
      hub-failover: { detect-after: 900ms (default), switch-time: 100ms (default), failures: 3 (default), fail-back-after: 500ms (default) }
      partition: { detect-after: 900ms (default), confirm-heal-after: 300ms (default), sync-period: 200ms (default), merge-time: 1ms (default) }
      buffer: { messages: 10000 (default), bytes: 8MiB (default), overflow: reject-new, replay-window: 1 (default) }
      restart: { delay: 2s (default), cap: 30s (default), multiplier: 2 (default), limit: 5 (default), interval: 60s (default), stable-after: 60s (default) }
      logs: { file-size: 8KiB (default), kept: 2 (default), compression: 10% (default), bytes-per-request: 1KiB (default), warn: 80% (default), act: 90% (default), emergency: 95% (default), check: 100ms (default) }
      discovery: { local-ttl: 60s (default), stale-for: 300s (default), timeout: 1s (default) }
      rollback: { degradation: 10% (default), check: 5s (default), consecutive: 1 (default), takes: 3s (default) }
      credentials: { reload-every: 1s (default), grace: 30s (default), lifetime: 720h (default) }
      disabled: []
    """
