import ChaosPlan
import ChaosScore
import Testing

@Suite("Quantities")
struct QuantityTests {
    @Test(arguments: [
        (7_100_000_000.0, "7.1 s"), (5e9, "5 s"), (480e6, "480 ms"), (250e3, "250 µs"), (0, "0 s"),
        (5.5 * 60e9, "5.5 min"), (168 * 3600e9, "168 h"), (119e9, "119 s"), (120e9, "2 min"),
    ])
    func times(value: Double, text: String) {
        #expect(Quantity.text(value, unit: .time) == text)
    }

    @Test func `shares, counts and agent-seconds`() {
        #expect(Quantity.text(0.9921, unit: .share) == "99.21 %")
        #expect(Quantity.text(0.999, unit: .share) == "99.9 %")
        #expect(Quantity.text(1, unit: .share) == "100 %")
        #expect(Quantity.text(0.99997, unit: .share) == "99.997 %")
        #expect(Quantity.text(0.00001, unit: .share) == "0.001 %")
        #expect(Quantity.text(0, unit: .share) == "0 %")
        #expect(Quantity.text(-0.05, unit: .share) == "-5 %")
        #expect(Quantity.text(3, unit: .count) == "3")
        #expect(Quantity.text(0.25, unit: .count) == "0.3")
        #expect(Quantity.text(46570, unit: .agentSeconds) == "46570 agent-seconds")
        #expect(Quantity.text(duration: 15 * .second) == "15 s")
    }

    @Test func `a miss never looks like its limit`() {
        let pair = Quantity.pair(0.998997, 0.999, unit: .share)
        #expect(pair.value == "99.8997 %")
        #expect(pair.limit == "99.9 %")
        #expect(Quantity.pair(5.04e9, 5e9, unit: .time).value == "5.04 s")
        #expect(Quantity.pair(7.1e9, 5e9, unit: .time) == ("7.1 s", "5 s"))
    }

    @Test func decimals() {
        #expect(Quantity.decimal(1.005, places: 1) == "1")
        #expect(Quantity.decimal(0.05, places: 1) == "0.1")
        #expect(Quantity.decimal(12.034, places: 3) == "12.034")
        #expect(Quantity.decimal(-0.001, places: 2) == "0")
        #expect(Quantity.decimal(-2.5, places: 0) == "-3")
    }
}
