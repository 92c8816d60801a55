package import ChaosReport

extension Sample {
    /// Made on another fleet than the samples' own, as most grades will be.
    package static let grades = GradeBook(
        measured: "2026-11-21T22:57:13Z", versions: ["0.1.0"], trialsNeeded: 20,
        grades: [
            FidelityGrade(
                kind: "kill", level: .partial, trials: 32,
                missing: ["broker-down: failover of kill-broker was seen live only"], equivalent: 10, compared: 16,
                scenarios: ["agent-kill-one", "broker-down"],
                simulatedFleets: [GradedFleet(name: "two-machine-measured", digest: 0x6a6d_0994_c652_77a7)],
                liveFleets: [GradedFleet(name: "two-machine", digest: 0x766b_9cbf_1973_9965)]),
            FidelityGrade(
                kind: "pause", level: .validated, trials: 24, missing: [], equivalent: 5, compared: 5,
                scenarios: ["agent-pause"],
                simulatedFleets: [GradedFleet(name: "two-machine-measured", digest: 0x6a6d_0994_c652_77a7)],
                liveFleets: [GradedFleet(name: "two-machine", digest: 0x766b_9cbf_1973_9965)]),
        ])
}
