import ChaosPlan
import Testing

/// Each kind of mistake, with the text that an operator reads.
@Suite struct ProblemTests {
    private func problems(_ scenario: String) -> [String] { Fixtures.read(scenario).problems.map(\.description) }

    private func replacing(_ old: String, _ new: String, in text: String = Fixtures.scenario) -> String {
        precondition(text.contains(old))
        return text.replacingOccurrences(old, new)
    }

    @Test func `an unknown key names the nearest`() {
        let text = replacing("    for: 45s", "    fro: 45s")
        #expect(
            problems(text) == [
                "hub-failover.yaml:11:5: error: no `for` in `faults.kill-edge-hub`; write `for: 500ms` (how long it stays in force)",
                "hub-failover.yaml:15:5: error: unknown key `fro` in `faults.kill-edge-hub`; did you mean `for`?",
            ])
    }

    @Test func `an unknown word names the nearest`() {
        #expect(
            problems(replacing("kind: kill", "kind: kil")) == [
                "hub-failover.yaml:12:11: error: `faults.kill-edge-hub.kind`: `kil` is not a word known here; did you mean `kill`?"
            ])
        #expect(
            problems(replacing("expect: [ hub-failover ]", "expect: [ hub-failvoer ]")) == [
                "hub-failover.yaml:16:11: error: `expect[0]`: `hub-failvoer` is not a word known here; did you mean `hub-failover`?"
            ])
    }

    @Test func `a key of another kind says whose it is`() {
        #expect(
            problems(replacing("    for: 45s", "    for: 45s\n    fill-to: 96%")) == [
                "hub-failover.yaml:16:5: error: `fill-to` in `faults.kill-edge-hub` is no key of kind `kill`; it belongs to disk-fill"
            ])
    }

    @Test func `an unknown name in a target names the nearest`() {
        #expect(
            problems(replacing("name: EdgeHub }", "name: EgdeHub }")) == [
                "hub-failover.yaml:13:21: error: no process `EgdeHub`; did you mean `EdgeHub`?"
            ])
    }

    @Test func `all problems are reported at once and in order`() {
        var text = replacing("for: 45s", "for: 45")
        text = replacing("rate: 2/s", "rate: twice", in: text)
        text = replacing("min: 99.9%", "min: 5s", in: text)
        text = replacing("below: 50%", "below: 500%", in: text)
        let fleet = replacing("cores: 16 (assumed 8..32)", "cores: 16", in: Fixtures.fleet)
        let reading = Fixtures.read(text, fleet: fleet)
        #expect(reading.plan == nil)
        #expect(
            reading.problems.map(\.description) == [
                "hub-failover.yaml:8:21: error: `workload.requests.rate`: `twice` is not a rate; write one such as `2/s`",
                "hub-failover.yaml:15:10: error: `faults.kill-edge-hub.for`: `45` has no unit; write `45s`, `45ms` or `45min`",
                "hub-failover.yaml:20:48: error: `availability` is not measured in that unit; write a share such as `99.9%`",
                "hub-failover.yaml:24:59: error: `safety.abort-when[0].below`: `500%` is too large; at most 100%",
                "fleets/two-machine.yaml:6:28: error: `fleet.hosts.MainPC.cores`: `16` does not say where it comes from; write `16 (promise)`, `(default)`, `(measured)` or `(assumed LOW..HIGH)`",
            ])
    }

    @Test(arguments: [
        (
            "",
            "x.yaml:1:1: error: the file is empty; a scenario begins with `gauntlet: 1`, a fleet with `gauntlet-fleet: 1`"
        ),
        (
            "# nothing\n",
            "x.yaml:1:1: error: the file is empty; a scenario begins with `gauntlet: 1`, a fleet with `gauntlet-fleet: 1`"
        ),
        ("- a\n", "x.yaml:1:1: error: the file is a list; write an object that begins with `gauntlet: 1`"),
        (
            "a: 1\nb: [\n",
            "x.yaml:3:1: error: not YAML: did not find expected node content (while parsing a flow node that begins in line 3); check indentation, brackets and quotes"
        ),
        ("a: 1\na: 2\n", "x.yaml:1:1: error: `a` is written twice in one object; keep one of them"),
        ("a: 1\n\"a\": 2\n", "x.yaml:1:1: error: `a` is written twice in one object; keep one of them"),
        (
            "gauntlet-fleet: 1\n",
            "x.yaml:1:1: error: the file has `gauntlet-fleet`, not `gauntlet`; this should be the other kind of file"
        ),
        (
            "a: 1\n---\nb: 1\n",
            "x.yaml:2:1: error: not YAML: but found another document (expected a single document in the stream that begins in line 1); one document in each file"
        ),
        ("a: \u{1}\n", "x.yaml:1:4: error: not YAML: control characters are not allowed (U+1); remove the character"),
        ("a: *b\n", "x.yaml:1:4: error: not YAML: found undefined alias; put a value that begins with `*` in quotes"),
        ("? [a]\n: 1\n", "x.yaml:1:3: error: a collection as a key; keys are plain words"),
    ])
    func `what is no scenario at all is one problem`(text: String, expected: String) {
        let reading = PlanReader.read(scenario: text, file: "x.yaml", load: { _ in nil })
        #expect(reading.problems.map(\.description) == [expected])
        #expect(reading.plan == nil)
    }

    @Test func `hostile files are one problem and take no time`() {
        var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        for level in 1...12 {
            bomb +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",") + "]\n"
        }
        let hostile = [
            bomb,
            bomb + "? *a12\n: x\n",
            bomb + "*a12 : x\n",
            bomb + "{ [*a12]: x }: y\n",
            "x: [" + Array(repeating: "*a", count: 2000).joined(separator: ",") + "]\n",
            "x: " + String(repeating: "[", count: 100_000),
            "x: " + String(repeating: "[", count: 500) + String(repeating: "]", count: 500),
            String(repeating: "- ", count: 900) + "x",
            String(repeating: "a: b\n", count: 400_000),
            "x: [" + String(repeating: "y,", count: 200_000) + "]",
        ]
        let clock = ContinuousClock()
        for text in hostile {
            var count = 0
            let time = clock.measure {
                count = PlanReader.read(scenario: text, file: "x.yaml", load: { _ in nil }).problems.count
            }
            #expect(count == 1, "\(text.prefix(40))")
            #expect(time < .seconds(5), "\(text.prefix(40))")
        }
    }

    @Test(arguments: [
        ("for: 45s", "for: 99999999999999999999h", "is too large"),
        ("for: 45s", "for: 9223372036854775807s", "is too large"),
        ("for: 45s", "for: 0.0000000001s", "is finer than a nanosecond"),
        ("for: 45s", "for: 2m", "has an ambiguous unit; write `2min` or `2ms`"),
        ("for: 45s", "for: -5s", "is too small; at least"),
        ("for: 45s", "for: [1]", "`faults.kill-edge-hub.for` is a list"),
        ("for: 45s", "for:", "nothing is not a duration"),
        ("rate: 2/s", "rate: 0/s", "is too small"),
        ("faults-per-hour: 1", "faults-per-hour: 010", "begins with a zero"),
        ("faults-per-hour: 1", "faults-per-hour: 1e3", "is not a whole number"),
        ("faults-per-hour: 1", "faults-per-hour: 18446744073709551616", "is too large"),
        ("gauntlet: 1", "gauntlet: 2", "is too large; at most 1"),
        (
            "at: 5s", "at: 60s",
            "`kill-edge-hub` ends at 105s, past its phase of 90s; shorten it, begin earlier, or make the phase longer"
        ),
        ("at: 5s", "at: 2min", "`kill-edge-hub` begins at 2min, past its phase of 90s"),
        (
            "at: 5s", "every: 10s\n    at: 5s",
            "`kill-edge-hub` begins again every 10s but takes 45s; make `every` longer"
        ),
        ("at: 5s", "after: nobody", "no fault `nobody`"),
        (
            "at: 5s", "after: kill-edge-hub",
            "a cycle: `kill-edge-hub` after `kill-edge-hub`; begin one of them `at` a time"
        ),
        (
            "    at: 5s\n", "",
            "`kill-edge-hub` does not say when; write one of `at: 5s`, `after: ID`, `after-start: ID`"
        ),
        (
            "phases: { baseline: 30s, faults: 90s", "phases: { baseline: 30s, faults: 0s",
            "a faults phase of no length, with 1 faults"
        ),
        (
            "of: kill-edge-hub, max", "of: kill-edge-hubs, max",
            "no fault `kill-edge-hubs`; did you mean `kill-edge-hub`?"
        ),
        (
            "of: kill-edge-hub, max", "max",
            "`failover-time` is measured for one fault, and none is named; write `of: ID`"
        ),
        (
            "over: budget, min", "of: kill-edge-hub, min",
            "`of` for `availability`, which is measured for the whole run; leave it out"
        ),
        ("max: 5s", "max: 5", "`failover-time` is not measured in that unit; write a duration such as `5s`"),
        ("min: 99.9%", "max: 99.9%", "warning: `max` for `availability`, of which more is better; is `min` meant?"),
        ("max: 5s", "max: 5s, min: 1s", "`failover-time` has both `min` and `max`"),
        ("max: 5s, ", "", "`failover-time` has no limit; write `min:` or `max:`"),
        (
            "hosts: 1,", "hosts: 0,",
            "up to 1 hosts are targeted at once (`kill-edge-hub`), above the ceiling of 0; raise the ceiling or separate the faults"
        ),
        (
            "use: [ data-safety ]", "use: [ data-safty ]",
            "no block `data-safty` in objectives.yaml; did you mean `data-safety`?"
        ),
        ("fleets/two-machine.yaml", "fleets/two.yaml", "no fleet file `fleets/two.yaml`"),
        ("broker.mode:", "broker.mod:", "`broker.mod`: no `mod` in `broker`; did you mean `mode`?"),
    ])
    func `a mistake in the scenario is found`(old: String, new: String, expected: String) {
        let found = problems(replacing(old, new))
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test(arguments: [
        (
            "cores: 16 (assumed 8..32)", "cores: 16 (assumed)",
            "`fleet.hosts.MainPC.cores`: an assumed number without a range; write `16 (assumed LOW..HIGH)`"
        ),
        (
            "cores: 16 (assumed 8..32)", "cores: 64 (assumed 8..32)",
            "64 lies outside its own range 8..32; widen the range or correct the number"
        ),
        (
            "cores: 16 (assumed 8..32)", "cores: 16 (assumed 32..8)",
            "the range 32..8 is empty; write the lower end first"
        ),
        ("cores: 16 (assumed 8..32)", "cores: 16 (guessed)", "`guessed` is not where a number comes from"),
        ("cores: 16 (assumed 8..32)", "cores: 16 (asumed 8..32)", "did you mean `assumed`?"),
        (
            "cores: 16 (assumed 8..32)", "cores: 16 (promise 8..32)",
            "says more than its source; only assumed numbers have a range"
        ),
        ("cores: 16 (assumed 8..32)", "cores: 16 (promise", "do not close at its end"),
        ("between: [MainPC, PC2]", "between: [MainPC, PC3]", "no host `PC3`; did you mean `PC2`?"),
        (
            "ModelManagerAgent, PlannerAgent ]", "ModelManagerAgent, TutorAgent ]",
            "`TutorAgent` is already the name of an agent; names are unique"
        ),
        ("standby: next", "standby: nxt", "no agent `nxt`; did you mean `next`?"),
        ("class: database", "class: databse", "no call class `databse`; did you mean `database`?"),
        ("to: redis-main", "to: redis-mian", "no agent or store `redis-mian`; did you mean `redis-main`?"),
        ("  discovery: {", "  discovry: {", "no `discovery` in `fleet.policies`"),
        (
            "profile: hub }\n  - {", "profile: hub }\n  - { name: Third, host: PC2, profile: hub }\n  - {",
            "3 hubs; a fleet has one hub or two"
        ),
        ("profile: redis,", "profile: reddis,", "no profile `reddis`; did you mean `redis`?"),
        ("mode: leaf", "mode: leav", "did you mean `leaf`?"),
    ])
    func `a mistake in the fleet is found`(old: String, new: String, expected: String) {
        let (fleet, problems) = FleetReader.read(text: replacing(old, new, in: Fixtures.fleet), file: "fleet.yaml")
        #expect(fleet == nil)
        #expect(problems.contains { $0.description.contains(expected) }, "\(problems)")
    }

    @Test(arguments: [
        (
            "  - { id: a, kind: kill, target: { name: TutorAgent }, at: 5s, for: 30s }\n  - { id: b, kind: pause, target: { name: TutorAgent }, at: 20s, for: 5s }",
            "`b` (pause) and `a` (kill) hit TutorAgent at once, 20s into the faults phase"
        ),
        (
            "  - { id: a, kind: partition, between: [MainPC, PC2], at: 5s, for: 30s }\n  - { id: b, kind: partition, from: PC2, to: MainPC, at: 20s, for: 5s }",
            "hit the link MainPC–PC2 at once"
        ),
        (
            "  - { id: a, kind: host-down, target: { host: PC2 }, at: 5s, for: 30s }\n  - { id: b, kind: kill, target: { name: EdgeHub }, at: 20s, for: 5s }",
            "hit EdgeHub at once"
        ),
        (
            "  - { id: a, kind: restart, target: { name: TutorAgent }, at: 5s }",
            "`restart` cannot be undone; write `allow-irreversible: true`"
        ),
        (
            "  - { id: a, kind: partition, between: [MainPC, MainPC], at: 5s, for: 30s }",
            "a link from `MainPC` to itself"
        ),
        ("  - { id: a, kind: partition, at: 5s, for: 30s }", "a link fault that names no link"),
        (
            "  - { id: a, kind: kill, target: { pick: leader, kind: agent }, at: 5s, for: 30s }",
            "`leader` among processes that are not broker servers"
        ),
        ("  - { id: a, kind: kill, target: { pick: 9 }, at: 5s, for: 30s }", "9 of 5 processes; pick at most 5"),
        (
            "  - { id: a, kind: kill, target: { pick: lots }, at: 5s, for: 30s }",
            "write a word such as `one`, a count such as `3`, or a share such as `25%`"
        ),
        ("  - { id: a, kind: kill, target: {}, at: 5s, for: 30s }", "the target names nobody"),
        (
            "  - { id: a, kind: kill, target: { group: models, role: tutor }, at: 5s, for: 30s }",
            "nobody matches the target"
        ),
        (
            "  - { id: a, kind: disk-fill, fill-to: 96%, target: { name: EdgeHub }, at: 5s, for: 30s }",
            "`name` in the target of a fault that acts on hosts"
        ),
        (
            "  - { id: a, kind: kill, target: { pick: one }, after: b, for: 3s }\n  - { id: b, kind: kill, target: { pick: one }, after: a, for: 3s }",
            "a cycle: `a` after `b` after `a`"
        ),
        (
            "  - { id: a, kind: kill, target: { pick: one }, at: 1s, for: 3s }\n  - { id: a, kind: pause, target: { pick: one }, at: 9s, for: 3s }",
            "a second fault called `a`; ids are unique"
        ),
        (
            "  - { id: a, kind: kill, target: { pick: one }, at: 1s, every: 1us, for: 1us }",
            "repetitions; at most 100000"
        ),
        (
            "  - { id: a, kind: kill, target: { pick: one }, at: 1s, every: 40s, times: 3, for: 20s }",
            "`a` repeated 3 times ends at 101s, past its phase of 90s"
        ),
    ])
    func `a mistake in the faults is found`(faults: String, expected: String) {
        let found = Fixtures.read(faults: faults).problems.map(\.description)
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test func `faults that follow each other do not overlap`() {
        let reading = Fixtures.read(
            faults: """
                  - { id: a, kind: kill, target: { name: TutorAgent }, at: 5s, for: 30s, jitter: 5s }
                  - { id: b, kind: pause, target: { name: TutorAgent }, after: a, for: 5s }
                """)
        #expect(reading.problems == [])
    }

    @Test func `a follower that begins after the phase is a warning`() {
        let reading = Fixtures.read(
            faults: """
                  - { id: a, kind: kill, target: { name: TutorAgent }, at: 5s, for: 85s }
                  - { id: b, kind: pause, target: { name: TutorAgent }, after: a, delay: 10s, for: 5s }
                """)
        #expect(reading.plan != nil)
        #expect(
            reading.problems.map(\.description) == [
                "hub-failover.yaml:12:11: warning: `b` will begin about 100s into the faults phase, which ends at 90s; make the phase longer, or what it follows shorter"
            ])
    }

    @Test func `a flood of faults is one problem`() {
        let faults = (0..<900).map {
            "  - { id: f\($0), kind: cpu, load: 50%, target: { pick: one }, at: 0s, every: 1s, times: 89, for: 1s }"
        }
        let clock = ContinuousClock()
        var found: [String] = []
        let time = clock.measure {
            found = Fixtures.read(faults: faults.joined(separator: "\n")).problems.map(\.description)
        }
        #expect(found.count == 1 && found[0].contains("too many faults are in force together"), "\(found)")
        #expect(time < .seconds(10))
    }

    @Test func `the ceiling holds for every seed`() {
        let faults = """
              - { id: a, kind: kill, target: { group: tutoring, pick: one }, at: 5s, for: 30s }
              - { id: b, kind: kill, target: { group: models, pick: 50% }, at: 20s, for: 30s }
            """
        let tight = Fixtures.read(faults: faults, rest: "safety: { blast-radius: { agents: 39% } }").problems.map(
            \.description)
        #expect(tight.count == 1)
        #expect(
            tight.first?.contains("up to 2 of 5 agents are targeted at once (`a`, `b`), above the ceiling of 39%")
                == true)
        #expect(Fixtures.read(faults: faults, rest: "safety: { blast-radius: { agents: 40% } }").problems == [])
    }

    @Test func `a mechanism that is expected and switched off is a warning`() {
        let reading = Fixtures.read(disable: [.hubFailover])
        #expect(reading.plan != nil)
        #expect(
            reading.problems.map(\.description) == [
                "hub-failover.yaml:16:11: warning: `hub-failover` is expected but switched off by --disable; the run cannot hold"
            ])
    }

    @Test func `faults must be written even if there are none`() {
        let text = Fixtures.scenario.replacingOccurrences("faults:\n  - id", "x:\n  - id")
        #expect(problems(text).contains { $0.contains("no `faults`; write `faults: []`") })
    }
}

extension String {
    func replacingOccurrences(_ old: String, _ new: String) -> String {
        var result = ""
        var rest = self[...]
        while let found = rest.firstRange(of: old) {
            result += rest[..<found.lowerBound] + new
            rest = rest[found.upperBound...]
        }
        return result + rest
    }
}
