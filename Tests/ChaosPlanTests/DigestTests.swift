import ChaosPlan
import Testing

@Suite struct DigestTests {
    @Test func `comments, units, order and written defaults do not change a digest`() throws {
        let digest = try #require(Fixtures.read().plan?.digest)
        var text = Fixtures.scenario.replacingOccurrences(
            "phases: { baseline: 30s, faults: 90s,", "phases: { faults: 1.5min, baseline: 30000ms,   # same\n ")
        text = text.replacingOccurrences("faults-per-hour: 1\n", "")
        text = text.replacingOccurrences("    for: 45s", "    for: 45s\n    jitter: 0s")
        text = text.replacingOccurrences("name: hub-failover\n", "name: renamed\n")
        let reading = Fixtures.read(text)
        #expect(reading.problems == [])
        #expect(reading.plan?.digest == digest)
    }

    @Test func `every value that decides changes the digest`() throws {
        let digest = try #require(Fixtures.read().plan?.digest)
        for change in [
            "phases.faults=91s", "faults.kill-edge-hub.for=44s", "fleet.hosts.PC2.cores=9",
            "objectives.availability.weight=3", "faults.kill-edge-hub.id=x",
        ] {
            let plan = Fixtures.read(set: [change]).plan
            #expect(plan?.digest != digest, "\(change)")
        }
    }
}
