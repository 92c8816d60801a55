import ChaosCalendar
import Testing

struct ValidationTests {
    private func validation(_ world: String) -> Validation {
        Validation(
            name: "v", scenario: "s", world: world, planDigest: "0", agents: 10, wanted: 100_000, promised: 0.999,
            minimumCoverage: 90, begun: 1_000_000)
    }

    private func piece(_ length: Int64, lost: Double = 0, verdict: String = "held", measured: Int64? = nil)
        -> Validation.Piece
    {
        .init(
            directory: "d", seed: 1, started: 0, length: length, measured: measured ?? length, lost: lost,
            judgedLost: lost, verdict: verdict)
    }

    @Test("simulated time counts as it is simulated, whatever the clock says")
    func simulated() {
        var validation = validation("simulated")
        #expect(validation.verdict(at: 9_000_000) == nil && validation.availability == nil)
        validation.pieces = [piece(50_000, lost: 400)]
        #expect(validation.verdict(at: 9_000_000) == nil && validation.coverage(at: 0) == 100)
        validation.pieces.append(piece(50_000, lost: 500))
        #expect(validation.verdict(at: 0) == "held")
        #expect(validation.judgedAvailability.map { abs($0 - 0.9991) < 1e-9 } == true)
    }

    @Test("in the real world time goes on without runs, and is missing coverage")
    func live() {
        var validation = validation("live")
        validation.pieces = [piece(60_000), piece(20_000)]
        #expect(validation.coverage(at: 1_000_000 + 80_000) == 100)
        #expect(validation.coverage(at: 1_000_000 + 160_000) == 80)
        #expect(validation.verdict(at: 1_000_000 + 99_999) == nil)
        #expect(validation.verdict(at: 1_000_000 + 100_000) == "inconclusive")
        validation.pieces.append(piece(12_000))
        #expect(validation.verdict(at: 1_000_000 + 100_000) == "held")
    }

    @Test("it has deviated as soon as the whole window's budget is spent, and an inconclusive run is a gap")
    func verdicts() {
        var validation = validation("simulated")
        validation.pieces = [piece(10_000, lost: 1_001)]
        #expect(validation.verdict(at: 0) == "deviated")
        validation.pieces = [piece(80_000), piece(20_000, verdict: "inconclusive", measured: 0)]
        #expect(validation.coverage(at: 0) == 80 && validation.verdict(at: 0) == "inconclusive")
        validation.pieces = [piece(80_000), piece(20_000, verdict: "deviated")]
        #expect(validation.verdict(at: 0) == "deviated")
    }

    @Test("what was gathered is read back as it was written")
    func file() {
        var validation = validation("live")
        validation.pieces = [piece(60_000, lost: 12.5)]
        #expect(Validation.read(validation.json) == validation)
        #expect(Validation.read("{}") == nil)
    }
}
