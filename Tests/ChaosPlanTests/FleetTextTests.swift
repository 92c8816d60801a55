import ChaosPlan
import Testing

@Suite("Fleet text")
struct FleetTextTests {
    private let text = """
        # Kept.
        gauntlet-fleet: 1
        local-delay: 100us (assumed 20us..500us)   # and this
        links:
          - { between: [A, B], delay: 500us (default), jitter: 1us (default) }
        profiles:
          standard: { time: 8ms (assumed 2ms..40ms), spread: exponential, startup: 1s (default) }
          quoted: { time: "8ms (default)" }
        """

    @Test("values are exchanged where they stand, and nothing else changes")
    func replacing() throws {
        let fleet = try FleetText(text, file: "f.yaml")
        let new = try fleet.replacing([
            "profiles.standard.time": "7321us (measured)", "profiles.standard.startup": "2s (measured)",
            "local-delay": "1us (measured)", "links.0.delay": "3us (measured)",
        ])
        #expect(
            new.text == """
                # Kept.
                gauntlet-fleet: 1
                local-delay: 1us (measured)   # and this
                links:
                  - { between: [A, B], delay: 3us (measured), jitter: 1us (default) }
                profiles:
                  standard: { time: 7321us (measured), spread: exponential, startup: 2s (measured) }
                  quoted: { time: "8ms (default)" }
                """)
        #expect(new.value(at: "profiles.standard.time") == "7321us (measured)")
        #expect(try new.replacing([:]).text == new.text)
    }

    @Test("a value that is not there, or not written plainly, is refused")
    func refused() throws {
        let fleet = try FleetText(text, file: "f.yaml")
        #expect(throws: FleetText.Failure.self) { try fleet.replacing(["profiles.none.time": "1s"]) }
        #expect(throws: FleetText.Failure.self) { try fleet.replacing(["profiles": "1s"]) }
        #expect(throws: FleetText.Failure.self) { try fleet.replacing(["profiles.quoted.time": "1s"]) }
        #expect(throws: FleetText.Failure.self) { try FleetText("a: [", file: "f.yaml") }
    }

    @Test("lengths are read without their source")
    func durations() {
        #expect(FleetText.duration("8ms (assumed 2ms..40ms)") == 8_000_000)
        #expect(FleetText.duration("500us") == 500_000)
        #expect(FleetText.duration("exponential") == nil)
    }
}
