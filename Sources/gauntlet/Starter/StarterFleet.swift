/// The fleet that `init` writes.
enum StarterFleet {
    static let text = """
        # A fleet to start from: one machine with seven agents. Make it yours: names, call graph, timeouts, service times.
        gauntlet-fleet: 1
        name: my-fleet
        summary: One machine with seven agents, a hub, a broker and a store, commented for learners.
        # Every number says where it comes from: (promise) of the fleet, (default) of the product, (measured), or (assumed low..high) with
        # its honest range. `gauntlet` can tell which verdicts would change within the assumed ranges.
        local-delay: 100us (assumed 20us..500us)           # between two processes of the machine
        hosts:
          - { name: Desktop, cores: 8 (assumed 4..16), memory: 16GiB (assumed 8GiB..64GiB), disk: 256GiB (assumed 64GiB..1TiB), disk-used: 40% (assumed 10%..75%) }
        profiles:                                          # how a kind of process serves: mean time of a request's own work, how many at once, how many may wait
          standard: { time: 8ms (assumed 2ms..40ms), spread: exponential, workers: 16 (assumed 4..64), queue: 64 (assumed 16..512), startup: 1s (assumed 200ms..10s), memory: 256MiB (assumed 64MiB..1GiB) }
          hub: { time: 2ms (assumed 500us..20ms), spread: exponential, workers: 16 (assumed 4..64), queue: 256 (assumed 64..1024), startup: 2s (assumed 500ms..10s), memory: 512MiB (assumed 128MiB..2GiB) }
          broker: { time: 200us (assumed 50us..2ms), spread: exponential, workers: 4 (assumed 1..16), queue: 4096 (assumed 512..65536), startup: 1s (assumed 200ms..10s), memory: 512MiB (assumed 128MiB..4GiB) }
          redis: { time: 200us (assumed 50us..2ms), spread: exponential, workers: 1 (assumed 1..4), queue: 512 (assumed 128..4096), startup: 1s (assumed 200ms..30s), memory: 1GiB (assumed 256MiB..8GiB) }
        hubs:                                              # knows who is alive and where; re-points a dead agent's name to its standby
          - { name: Hub, host: Desktop, port: 9000, profile: hub }
        broker:                                            # carries the messages; one server, so nothing to elect
          mode: leaf
          version: 2.9.10
          servers: [ { name: nats, host: Desktop, port: 4222 } ]
          profile: broker
          sync: interval                                   # acknowledged before it is on disk: a power loss may lose it
          sync-interval: 2min (default)
          sync-time: 4ms (assumed 500us..20ms)
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
          - { name: redis, kind: redis, host: Desktop, port: 6379, profile: redis, writes: false }
        agents:
          - group: front                                   # what people talk to; each stands in for the one before it
            host: Desktop
            profile: standard
            standby: next
            labels: { tier: core }
            members: [ { name: Greeter, port: 7001 }, { name: Router, port: 7002 }, { name: Responder, port: 7003 } ]
          - group: knowledge                               # what the front asks; nobody stands in, only the supervisor restarts them
            host: Desktop
            profile: standard
            labels: { tier: edge }
            members: [ Librarian, Translator, Calculator, Diarist ]
        calls:                                             # while serving a request, `from` asks `to` with probability `share`
          - { from: all, to: hub, share: 10% (assumed 0%..50%), class: hub, fallback: false }
          - { from: front, to: Librarian, share: 30% (assumed 5%..100%), class: agent, fallback: true }
          - { from: front, to: Translator, share: 10% (assumed 5%..100%), class: agent, fallback: true }
          - { from: knowledge, to: redis, share: 30% (assumed 5%..100%), class: database, fallback: true }
        policies:
          call-classes:                                    # per kind of call: patience, failures that open the breaker, how long it stays open
            database: { timeout: 10s (promise), failures: 3 (promise), reset: 30s (promise) }
            agent: { timeout: 5s (promise), failures: 10 (promise), reset: 15s (promise) }
            hub: { timeout: 300ms (assumed 50ms..5s), failures: 5 (assumed 3..20), reset: 5s (assumed 1s..30s) }
          # A breaker stops calls to whoever keeps failing, and asks again later.
          breaker: { kind: time, window: 60s (promise), minimum-calls: 20 (default), failure-share: 50% (default), successes: 3 (promise), half-open-permits: 1 (assumed 1..10), half-open-max-wait: 10s (assumed 1s..60s) }
          # A failed call is tried again a little later, but retries may be no more than a tenth of all calls: a sick callee must not get more load.
          retry: { attempts: 3 (assumed 1..5), base: 50ms (assumed 10ms..500ms), cap: 1s (assumed 200ms..10s), jitter: full, budget: 10% (default), reserve: 10 (assumed 0..100) }
          # An agent that is silent for `timeout` is taken for dead …
          heartbeat: { detector: fixed, period: 500ms (assumed 200ms..5s), timeout: 1500ms (assumed 600ms..15s), jitter: 20ms (assumed 0ms..500ms), phi-threshold: 8 (default), phi-pause: 1s (assumed 0s..10s), phi-min-sigma: 100ms (default) }
          # … and its standby answers in its name.
          agent-failover: { switch-time: 1s (assumed 100ms..5s), validate-time: 1s (assumed 100ms..5s) }
          # With two hubs, agents move to the other one when theirs is silent. This fleet has one, so nothing here can fire.
          hub-failover: { detect-after: 2s (assumed 500ms..10s), switch-time: 800ms (assumed 100ms..5s), failures: 3 (assumed 1..10), fail-back-after: 15s (assumed 5s..5min) }
          # Nor can this: a partition needs two machines.
          partition: { detect-after: 12s (promise), confirm-heal-after: 3s (assumed 1s..30s), sync-period: 1s (assumed 200ms..10s), merge-time: 5ms (assumed 500us..500ms) }
          # While the broker is away, agents keep their messages and replay them in order.
          buffer: { messages: 10000 (assumed 100..100000), bytes: 8MiB (default), overflow: reject-new, replay-window: 16 (assumed 1..256) }
          # The supervisor starts dead processes again, ever more slowly, and gives up on those that keep dying.
          restart: { delay: 2s (assumed 100ms..60s), cap: 30s (assumed 10s..5min), multiplier: 2 (assumed 1..4), limit: 5 (assumed 3..20), interval: 60s (assumed 10s..10min), stable-after: 60s (assumed 10s..10min) }
          # Log files rotate; a filling disk warns, acts, and at last drops logs.
          logs: { file-size: 100MiB (promise), kept: 5 (promise), compression: 10% (assumed 5%..30%), bytes-per-request: 2KiB (assumed 200B..64KiB), warn: 80% (promise), act: 90% (promise), emergency: 95% (promise), check: 5s (assumed 1s..5min) }
          # Callers remember where an agent lives, also while no hub answers.
          discovery: { local-ttl: 60s (promise), stale-for: 300s (promise), timeout: 100ms (promise) }
          # A new version that is worse than the old one goes back by itself.
          rollback: { degradation: 10% (promise), check: 5s (promise), consecutive: 1 (assumed 1..5), takes: 3s (assumed 500ms..60s) }
          # Agents look for a new credential now and then; the old one is accepted for a while after a rotation.
          credentials: { reload-every: 5s (assumed 1s..5min), grace: 30s (assumed 0s..10min), lifetime: 720h (assumed 24h..8760h) }
          disabled: []

        """
}
