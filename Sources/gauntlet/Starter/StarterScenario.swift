/// The scenario that `init` writes: every part of the language that a first scenario needs, each with its reason.
enum StarterScenario {
    static let text = """
        # A scenario to start from. Check it with `gauntlet check`, look at its dry run with `gauntlet plan`, run it with `gauntlet run`.
        gauntlet: 1
        name: my-first
        summary: One of three agents that people talk to dies; another must answer in its name within 5 s.
        fleet: fleets/my-fleet.yaml               # beside this file
        # First the healthy fleet is measured, then faults happen, then nothing more does and the fleet must be whole again.
        phases: { baseline: 30s, faults: 45s, recovery: 60s }
        workload:                                 # every agent is asked twice a second, whatever happens to the answers
          requests: { rate: 2/s, per: agent, timeout: 500ms }
          messages: { rate: 1/s, per: agent, stream: agent-events }
        faults:
          - id: kill-one                          # objectives below refer to it by this name
            kind: kill                            # or pause, restart, partition, latency, loss, disk-fill, cpu, memory, host-down, …
            target: { group: front, pick: one }   # which one, the seed decides; `pick: all` takes everyone
            at: 5s                                # into the faults phase
            for: 20s                              # held down; afterwards its supervisor may start it
        expect: [ agent-failover, restart ]       # had these not fired, the run would prove nothing: it would be inconclusive
        exercises: agent-failover                 # switch it off (--disable agent-failover), and an objective is missed
        objectives:
          # The error budget: 99.9 % of a week, spread over one fault an hour, leaves 3.6 s a fault for each agent.
          - { metric: availability, over: budget, min: 99.9%, weight: 2 }
          - { metric: failover-time, of: kill-one, max: 5s }
          - { metric: recovery-time, of: kill-one, max: 30s }
          # What was acknowledged is delivered; breaking an invariant caps the score at 50.
          - { metric: acknowledged-loss, max: 0, invariant: true, weight: 2 }
          - { metric: out-of-order, max: 0, invariant: true }
        safety:                                   # the ceiling is checked before the run, the rule during it
          blast-radius: { hosts: 1, agents: 20% }
          abort-when: [ { metric: availability, over: 10s, below: 50% } ]
        variants:                                 # run as `gauntlet run my-first@longer`
          longer: { summary: The agent stays down for 40 s., set: { faults.kill-one.for: 40s } }

        """
}
