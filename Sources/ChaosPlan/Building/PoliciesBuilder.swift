/// The `policies` of a fleet.
struct PoliciesBuilder {
    let root: Value
    /// Whether what is missing takes the values of `Policies`: its own mechanisms are not ours to describe.
    let isForeign: Bool
    let log: ProblemLog

    init(_ root: Value, isForeign: Bool, log: ProblemLog) {
        self.root = root
        self.isForeign = isForeign
        self.log = log
    }

    func build() -> Policies {
        var policies = Policies(
            callClasses: (root["call-classes"]?.fields ?? []).map { field in
                Policies.CallClass(
                    name: field.key, timeout: field.value.quantity("timeout"), failures: field.value.int("failures"),
                    reset: field.value.quantity("reset"))
            })
        if policies.callClasses.isEmpty, let classes = root["call-classes"], classes.isSound {
            log.error(classes.place, "no call classes", "write at least one")
        }
        if !isForeign {
            let needed = PoliciesShape.root.keys.filter { $0.name != "disabled" }
            FleetBuilder.require(needed, in: root, at: "fleet.policies", log)
        }
        fillCalls(&policies)
        fillFailover(&policies)
        fillKeeping(&policies)
        policies.disabled = Set(root.items("disabled").compactMap { Mechanism(rawValue: $0.text) })
        check(policies)
        return policies
    }

    private func fillCalls(_ policies: inout Policies) {
        if let breaker = root["breaker"] {
            policies.breaker.kind = breaker.word("kind")
            policies.breaker.window = breaker.quantity("window")
            policies.breaker.minimumCalls = breaker.int("minimum-calls")
            policies.breaker.failureShare = breaker.share("failure-share")
            policies.breaker.successes = breaker.int("successes")
            policies.breaker.halfOpenPermits = breaker.int("half-open-permits")
            policies.breaker.halfOpenMaxWait = breaker.quantity("half-open-max-wait")
        }
        if let retry = root["retry"] {
            policies.retry.attempts = retry.int("attempts")
            policies.retry.base = retry.quantity("base")
            policies.retry.cap = retry.quantity("cap")
            policies.retry.jitter = retry.word("jitter")
            policies.retry.budget = retry.share("budget")
            policies.retry.reserve = retry.int("reserve")
        }
        if let discovery = root["discovery"] {
            policies.discovery.localTTL = discovery.quantity("local-ttl")
            policies.discovery.staleFor = discovery.quantity("stale-for")
            policies.discovery.timeout = discovery.quantity("timeout")
        }
    }

    private func fillFailover(_ policies: inout Policies) {
        if let heartbeat = root["heartbeat"] {
            policies.heartbeat.detector = heartbeat.word("detector")
            policies.heartbeat.period = heartbeat.quantity("period")
            policies.heartbeat.timeout = heartbeat.quantity("timeout")
            policies.heartbeat.jitter = heartbeat.quantity("jitter")
            policies.heartbeat.phiThreshold = heartbeat.int("phi-threshold")
            policies.heartbeat.phiPause = heartbeat.quantity("phi-pause")
            policies.heartbeat.phiMinSigma = heartbeat.quantity("phi-min-sigma")
        }
        if let agent = root["agent-failover"] {
            policies.agentFailover.switchTime = agent.quantity("switch-time")
            policies.agentFailover.validateTime = agent.quantity("validate-time")
        }
        if let hub = root["hub-failover"] {
            policies.hubFailover.detectAfter = hub.quantity("detect-after")
            policies.hubFailover.switchTime = hub.quantity("switch-time")
            policies.hubFailover.failures = hub.int("failures")
            policies.hubFailover.failBackAfter = hub.quantity("fail-back-after")
        }
        if let partition = root["partition"] {
            policies.partition.detectAfter = partition.quantity("detect-after")
            policies.partition.confirmHealAfter = partition.quantity("confirm-heal-after")
            policies.partition.syncPeriod = partition.quantity("sync-period")
            policies.partition.mergeTime = partition.quantity("merge-time")
        }
        if let restart = root["restart"] {
            policies.restart.delay = restart.quantity("delay")
            policies.restart.cap = restart.quantity("cap")
            policies.restart.multiplier = restart.int("multiplier")
            policies.restart.limit = restart.int("limit")
            policies.restart.interval = restart.quantity("interval")
            policies.restart.stableAfter = restart.quantity("stable-after")
        }
    }

    private func fillKeeping(_ policies: inout Policies) {
        if let buffer = root["buffer"] {
            policies.buffer.messages = buffer.int("messages")
            policies.buffer.bytes = buffer.quantity("bytes")
            policies.buffer.overflow = buffer.word("overflow")
            policies.buffer.replayWindow = buffer.int("replay-window")
        }
        if let logs = root["logs"] {
            policies.logs.fileSize = logs.quantity("file-size")
            policies.logs.kept = logs.int("kept")
            policies.logs.compression = logs.share("compression")
            policies.logs.bytesPerRequest = logs.quantity("bytes-per-request")
            policies.logs.warn = logs.share("warn")
            policies.logs.act = logs.share("act")
            policies.logs.emergency = logs.share("emergency")
            policies.logs.check = logs.quantity("check")
        }
        if let rollback = root["rollback"] {
            policies.rollback.degradation = rollback.share("degradation")
            policies.rollback.check = rollback.quantity("check")
            policies.rollback.consecutive = rollback.int("consecutive")
            policies.rollback.takes = rollback.quantity("takes")
        }
        if let credentials = root["credentials"] {
            policies.credentials.reloadEvery = credentials.quantity("reload-every")
            policies.credentials.grace = credentials.quantity("grace")
            policies.credentials.lifetime = credentials.quantity("lifetime")
        }
    }

    /// Pairs that must be in order.
    private func check(_ policies: Policies) {
        ordered("retry", "base", "cap")
        ordered("restart", "delay", "cap")
        ordered("logs", "warn", "act")
        ordered("logs", "act", "emergency")
        thresholds()
        phi(policies.heartbeat)
    }

    /// The disk's thresholds work in whole percents, and a level ends two percents below its own.
    private func thresholds() {
        guard let logs = root["logs"], logs.isSound else { return }
        func percent(_ key: String) -> Int64 { logs.quantity(key) / 10_000 }
        if percent("warn") < 3 {
            log.error(logs.at("warn").place, "`policies.logs.warn` is below 3%", "write 3% or more")
        }
        for (low, high) in [("warn", "act"), ("act", "emergency")]
        where percent(low) == percent(high) && logs.quantity(low) <= logs.quantity(high) {
            log.error(
                logs.at(high).place, "`policies.logs.\(high)` is less than a whole percent above `\(low)`",
                "write at least \(percent(low) + 1)%, or a lower `\(low)`")
        }
    }

    /// What a φ detector counts with has room for 13 days.
    private func phi(_ heartbeat: Policies.Heartbeat) {
        guard heartbeat.detector == .phi, let values = root["heartbeat"], values.isSound else { return }
        for (key, value) in [("period", heartbeat.period), ("phi-min-sigma", heartbeat.phiMinSigma)]
        where value > 312 * .hour {
            log.error(
                values.at(key).place, "`policies.heartbeat.\(key)` is too long for a `phi` detector",
                "write at most 312h")
        }
    }

    private func ordered(_ section: String, _ low: String, _ high: String) {
        guard let values = root[section], values.isSound, values.quantity(low) > values.quantity(high) else { return }
        log.error(values.at(high).place, "`policies.\(section).\(high)` is below `\(low)`", "swap them or correct one")
    }
}
