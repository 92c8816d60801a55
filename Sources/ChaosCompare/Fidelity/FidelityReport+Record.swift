import ChaosPlan
import ChaosReport
import ChaosScore

extension FidelityReport: Encodable {
    /// `fidelity.json`: values in the unit that stands beside them; every difference is simulated minus live.
    private struct Record: Encodable {
        var gauntletFidelity = 1
        var margins: Margins
        var scenarios: [Scenario]
        var mechanismBias: [Bias]
        var severityTau: Double?
        var severityScenarios: Int
        var verdicts: Verdicts
        var grades: [Grade]
        var warnings: [String]
        var calibration: CalibrationRecord?

        struct Margins: Encodable {
            var timeRatio: Double
            var resolutionNs: Int64
            var share: Double
            var alpha: Double
            var trials: Int
        }

        struct Scenario: Encodable {
            var name: String
            var simulatedRuns: [String]
            var liveRuns: [String]
            var naiveRuns: [String]
            var simulatedFleets: [Fleet]
            var liveFleets: [Fleet]
            var naiveFleets: [Fleet]
            var severitySimulated: Double?
            var severityLive: Double?
            var metrics: [Metric]
        }

        struct Fleet: Encodable {
            var name: String
            var digest: String

            init(_ fleet: GradedFleet) {
                name = fleet.name
                digest = JournalHash.text(fleet.digest)
            }
        }

        struct Metric: Encodable {
            var name: String
            var unit: String
            var simulated: Sample
            var live: Sample
            var naive: Sample?
            var bias: Double?
            var biasInterval: Range?
            var equivalence: Test?
            var equivalent: Bool
            var wasserstein: Double?
            var naiveWasserstein: Double?
            var kolmogorovSmirnov: Double?
            var kolmogorovNoise: Double?
            var coverage: Coverage?
        }

        struct Sample: Encodable {
            var values: [Double]
            var open: Int
            var median: Double?

            init(_ sample: FidelityMetric.Sample) {
                values = sample.values
                open = sample.open
                median = sample.median
            }
        }

        struct Range: Encodable {
            var low: Double
            var high: Double
            var method: String

            init(_ interval: Interval) {
                low = interval.low
                high = interval.high
                method = interval.method
            }
        }

        /// Of times everything is a natural logarithm of a ratio.
        struct Test: Encodable {
            var scale: String
            var margin: Double
            var alpha: Double
            var difference: Double
            var low: Double
            var high: Double
            var lowerP: Double
            var upperP: Double
        }

        struct Coverage: Encodable {
            var low: Double
            var high: Double
            var inside: Int
            var trials: Int
            var interval: Range
        }

        struct Bias: Encodable {
            var measure: String
            var faults: Int
            var median: Double
            var low: Double
            var high: Double
        }

        struct Verdicts: Encodable {
            var order: [String]
            /// Rows are what the simulation foretold, columns what live trials found.
            var counts: [[Int]]
            var falsePasses: Int
            var foretoldHeld: Int
            var falsePassRate: Range?
        }

        struct Grade: Encodable {
            var kind: String
            var level: String
            var liveTrials: Int
            var equivalent: Int
            var compared: Int
            var missing: [String]
        }
    }

    public func encode(to encoder: any Encoder) throws {
        try Record(
            margins: .init(
                timeRatio: margins.time, resolutionNs: margins.resolution, share: margins.share, alpha: margins.alpha,
                trials: margins.trials),
            scenarios: scenarios.map(Self.record),
            mechanismBias: biases.map {
                .init(measure: $0.measure.rawValue, faults: $0.faults, median: $0.median, low: $0.low, high: $0.high)
            },
            severityTau: severityTau, severityScenarios: severityScenarios,
            verdicts: .init(
                order: VerdictMatrix.order.map(\.rawValue), counts: verdicts.counts,
                falsePasses: verdicts.falsePasses, foretoldHeld: verdicts.foretoldHeld,
                falsePassRate: verdicts.falsePassRate.map(Record.Range.init)),
            grades: grades.map {
                .init(
                    kind: $0.kind, level: $0.level.rawValue, liveTrials: $0.trials, equivalent: $0.equivalent,
                    compared: $0.compared, missing: $0.missing)
            },
            warnings: warnings, calibration: calibration
        ).encode(to: encoder)
    }

    private static func record(_ scenario: FidelityScenario) -> Record.Scenario {
        Record.Scenario(
            name: scenario.name, simulatedRuns: scenario.simulatedRuns, liveRuns: scenario.liveRuns,
            naiveRuns: scenario.naiveRuns, simulatedFleets: scenario.simulatedFleets.map(Record.Fleet.init),
            liveFleets: scenario.liveFleets.map(Record.Fleet.init),
            naiveFleets: scenario.naiveFleets.map(Record.Fleet.init), severitySimulated: scenario.severity?.simulated,
            severityLive: scenario.severity?.live, metrics: scenario.metrics.map(Self.record))
    }

    private static func record(_ metric: FidelityMetric) -> Record.Metric {
        Record.Metric(
            name: metric.quantity.name, unit: metric.quantity.unit.word, simulated: .init(metric.simulated),
            live: .init(metric.live), naive: metric.naive.values.isEmpty ? nil : .init(metric.naive),
            bias: metric.bias, biasInterval: metric.biasInterval.map(Record.Range.init),
            equivalence: metric.equivalence.map {
                Record.Test(
                    scale: metric.quantity.unit == .time ? "log-ratio" : "difference", margin: $0.margin,
                    alpha: $0.alpha, difference: $0.difference, low: $0.interval.low, high: $0.interval.high,
                    lowerP: $0.lowerP, upperP: $0.upperP)
            },
            equivalent: metric.isEquivalent, wasserstein: metric.wasserstein,
            naiveWasserstein: metric.naiveWasserstein, kolmogorovSmirnov: metric.kolmogorovSmirnov,
            kolmogorovNoise: metric.kolmogorovNoise,
            coverage: metric.coverage.map {
                Record.Coverage(
                    low: $0.low, high: $0.high, inside: $0.inside, trials: $0.trials, interval: .init($0.interval))
            })
    }
}
