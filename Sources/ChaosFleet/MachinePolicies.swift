public import ChaosPlan
public import ChaosResilience

/// From a fleet file's values to the policies of the state machines: one way for both worlds, so that a policy that is changed
/// in the file changes both.
public struct MachinePolicies: Sendable {
    private let policies: Policies
    private let broker: Fleet.Broker

    public init(_ fleet: Fleet) {
        policies = fleet.policies
        broker = fleet.broker
    }

    public func breaker(_ callClass: Int) -> CircuitBreakerPolicy {
        let callClass = policies.callClasses[callClass]
        let breaker = policies.breaker
        let percent = max(1, min(100, Int(breaker.failureShare.partsPerMillion / 10_000)))
        let window: CircuitBreakerPolicy.Window =
            switch breaker.kind {
            case .time: .time(failures: callClass.failures, window: breaker.window)
            case .count:
                .count(
                    size: max(100, breaker.minimumCalls), minimumCalls: breaker.minimumCalls, failurePercent: percent)
            case .rate:
                .rate(
                    bucketWidth: max(1, breaker.window / 10), buckets: 10, minimumCalls: breaker.minimumCalls,
                    failurePercent: percent)
            }
        return CircuitBreakerPolicy(
            window: window, openFor: callClass.reset, successesToClose: breaker.successes,
            halfOpenPermits: breaker.halfOpenPermits, halfOpenMaxWait: breaker.halfOpenMaxWait)
    }

    public var retry: RetryPolicy {
        let retry = policies.retry
        let jitter: RetryPolicy.Jitter =
            switch retry.jitter {
            case .none: .none
            case .equal: .equal
            case .full: .full
            }
        return RetryPolicy(
            maxAttempts: max(1, retry.attempts), base: retry.base, multiplier: 2, cap: max(retry.base, retry.cap),
            jitter: jitter)
    }

    /// Of one caller, over all its calls.
    public var retryBudget: RetryBudgetPolicy {
        RetryBudgetPolicy(
            percent: Int(policies.retry.budget.partsPerMillion / 10_000), reserve: policies.retry.reserve,
            ceiling: max(policies.retry.reserve, 1000))
    }

    public var discoveryCache: DiscoveryCachePolicy {
        DiscoveryCachePolicy(
            ttl: policies.discovery.localTTL, staleFor: policies.discovery.staleFor, negativeTTL: .second)
    }

    public var restart: RestartPolicy {
        let restart = policies.restart
        return RestartPolicy(
            mode: policies.enabled(.restart) ? .always : .never, delay: restart.delay, multiplier: restart.multiplier,
            maxDelay: max(restart.delay, restart.cap), startBurst: restart.limit, startInterval: restart.interval,
            stableAfter: restart.stableAfter)
    }

    public var hubFailover: HubFailoverPolicy {
        let failover = policies.hubFailover
        return HubFailoverPolicy(
            detectAfter: failover.detectAfter, failuresToLose: failover.failures, switchDelay: failover.switchTime,
            switchLimit: failover.switchTime + 5 * .second, failBackAfter: failover.failBackAfter)
    }

    public var partitionDetector: PartitionDetectorPolicy {
        PartitionDetectorPolicy(
            detectAfter: policies.partition.detectAfter, confirmHealAfter: policies.partition.confirmHealAfter,
            steadyGap: min(3 * policies.heartbeat.period, policies.partition.detectAfter))
    }

    public var outboundBuffer: OutboundBufferPolicy {
        let overflow: OutboundBufferPolicy.Overflow =
            switch policies.buffer.overflow {
            case .rejectNew: .rejectNew
            case .dropOldest: .dropOldest
            case .dropNewest: .dropNewest
            }
        return OutboundBufferPolicy(
            capacity: policies.buffer.messages, capacityBytes: Int(policies.buffer.bytes), overflow: overflow,
            replayWindow: policies.buffer.replayWindow, acknowledgeWithin: broker.ackTimeout)
    }

    /// Without rotation (the mechanism switched off) one file grows without end.
    public var logRotation: LogRotationPolicy {
        let logs = policies.logs
        guard policies.enabled(.logRotation) else {
            return LogRotationPolicy(
                bytesPerFile: 1 << 50, keptFiles: 0, compressedPercent: 100, maxAge: nil, level: .info,
                emergencyLevel: .info)
        }
        return LogRotationPolicy(
            bytesPerFile: max(1, logs.fileSize), keptFiles: logs.kept,
            compressedPercent: max(1, min(100, Int(logs.compression.partsPerMillion / 10_000))), maxAge: nil,
            level: .info, emergencyLevel: .error)
    }

    public var diskThresholds: DiskThresholds {
        let logs = policies.logs
        return DiskThresholds(
            warn: Int(logs.warn.partsPerMillion / 10_000), act: Int(logs.act.partsPerMillion / 10_000),
            emergency: Int(logs.emergency.partsPerMillion / 10_000), hysteresis: 2)
    }

    public func heartbeatDetector(now: Nanoseconds) -> Detector { Detector(policies.heartbeat, now: now) }
}

/// Either failure detector behind one face.
public struct Detector: Sendable {
    private var fixed: HeartbeatDetector?
    private var phi: PhiAccrualDetector?

    public init(_ policy: Policies.Heartbeat, now: Nanoseconds) {
        switch policy.detector {
        case .fixed:
            fixed = HeartbeatDetector(policy: HeartbeatDetectorPolicy(timeout: policy.timeout), now: now)
        case .phi:
            phi = PhiAccrualDetector(
                policy: PhiAccrualDetectorPolicy(
                    milliThreshold: policy.phiThreshold * 1000, acceptablePause: policy.phiPause,
                    minimumDeviation: policy.phiMinSigma, firstInterval: policy.period, samples: 1000),
                now: now)
        }
    }

    /// When silence becomes a suspicion.
    public var deadline: Nanoseconds { fixed?.deadline ?? phi!.suspicionDeadline }
    public var isSuspected: Bool { (fixed?.suspicion ?? phi!.suspicion) == .suspected }

    /// True if this ended a suspicion.
    public mutating func heard(at time: Nanoseconds) -> Bool {
        if fixed != nil { return fixed!.heard(now: time) != nil }
        return phi!.heard(now: time) != nil
    }

    /// True if a suspicion begins now.
    public mutating func check(at time: Nanoseconds) -> Bool {
        if fixed != nil { return fixed!.check(now: time) != nil }
        return phi!.check(now: time) != nil
    }
}
