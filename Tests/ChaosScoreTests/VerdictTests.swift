import ChaosScore
import Testing

@Suite("Verdict")
struct VerdictTests {
    @Test func `three verdicts, by their names in files`() {
        #expect(Verdict.allCases.map(\.rawValue) == ["held", "inconclusive", "deviated"])
    }
}
