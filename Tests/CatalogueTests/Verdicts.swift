/// What the catalogue is known not to keep. Whoever is not named here holds.
enum Verdicts {
    struct Miss {
        /// Objectives that every seed misses.
        var always: Set<String>
        /// Objectives that some seeds miss.
        var sometimes: Set<String> = []
    }

    /// Findings: the fleet, modelled honestly, does not keep the promise.
    static let honestMisses: [String: Miss] = [
        "broker-leader-kill": Miss(always: ["detect-time-kill-leader"], sometimes: ["failover-time-kill-leader"]),
        "broker-power-loss": Miss(always: ["acknowledged-loss"]),
        "mainpc-power-loss": Miss(
            always: ["acknowledged-loss", "availability", "divergent"], sometimes: ["recovery-time-power-cut"]),
        "mainpc-power-loss@sync-always": Miss(always: ["availability"], sometimes: ["recovery-time-power-cut"]),
        "model-overload": Miss(always: ["cascades"]),
        "partition@5min": Miss(always: [], sometimes: ["availability"]),
        "partition@15min": Miss(always: ["availability"]),
        "pc2-down": Miss(always: ["availability", "failover-time-pc2-down"], sometimes: ["cascades"]),
    ]

    /// Broken on purpose.
    static let plantedMisses: [String: Miss] = [
        "canary-deviates": Miss(always: ["availability", "failover-time-kill-model-manager"]),
        "hub-failover@slow-detector": Miss(
            always: ["failover-time-kill-edge-hub", "hub-availability"], sometimes: ["cascades"]),
        "retry-storm@no-breakers": Miss(
            always: ["availability", "cascades", "goodput-after-heal", "recovery-time-stall"]),
    ]

    /// Whose run proves nothing, on purpose.
    static let inconclusive = ["canary-inconclusive"]

    /// Scenarios whose mechanism decides by degrees, not by being there or not: on these seeds it is shown to.
    static let decided: [String: [UInt64]] = [
        "cpu-starvation": [1, 2, 3, 4, 5], "link-latency": [1, 2, 3, 4, 5], "link-loss-5": [1, 2, 3, 4, 5],
    ]

    /// Scenarios that test the harness: their faults are a means, and no mechanism of the fleet decides them.
    static let canaries = ["canary-deviates", "canary-inconclusive"]

    /// For each miss, honest or planted, what keeps the promise instead.
    static let remedies: [String: Entry] = [
        "broker-leader-kill": Entry(name: "broker-leader-kill", variant: "fast-election"),
        "broker-power-loss": Entry(name: "broker-power-loss", variant: "sync-always"),
        "mainpc-power-loss": Entry(name: "mainpc-power-loss", variant: "standbys-on-pc2"),
        "mainpc-power-loss@sync-always": Entry(name: "mainpc-power-loss", variant: "standbys-on-pc2"),
        "model-overload": Entry(name: "model-overload", variant: "short-timeouts"),
        "partition@5min": Entry(name: "partition", variant: "5min-short-timeouts"),
        "partition@15min": Entry(name: "partition", variant: "15min-short-timeouts"),
        "pc2-down": Entry(name: "pc2-down", variant: "standbys-on-mainpc"),
        "hub-failover@slow-detector": Entry(name: "hub-failover"),
        "retry-storm@no-breakers": Entry(name: "retry-storm"),
    ]

    static func miss(_ entry: Entry) -> Miss? { honestMisses[entry.title] ?? plantedMisses[entry.title] }
}
