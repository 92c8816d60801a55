import ChaosFleet
import ChaosPlan
import ChaosResilience
import ChaosRun

/// Disks and logs, looked at every few seconds: between two looks only sums matter.
extension SimulatedWorld {
    func startDisks() {
        let policy = policies.logs
        let machines = MachinePolicies(fleet)
        logs = Array(repeating: LogRotation(policy: machines.logRotation), count: agentCount)
        servedAtLastCheck = Array(repeating: 0, count: agentCount)
        diskWatches = Array(repeating: DiskWatch(thresholds: machines.diskThresholds), count: hostCount)
        diskLevels = Array(repeating: .normal, count: hostCount)
        lastRotationJournal = Array(repeating: .min / 2, count: hostCount)
        for host in 0..<hostCount {
            let phase = Stream(
                seed: seed, purpose: .phase, entity: Self.entity(fleet.hosts[host].name)
            ).below(max(1, policy.check), at: 0)
            setTimer(.houseKeeping, at: phase, index: host)
        }
    }

    func houseKeeping(_ host: Int) {
        setTimer(.houseKeeping, at: now + max(.millisecond, policies.logs.check), index: host)
        var rotated: Int64 = 0
        for agent in 0..<agentCount where Int(nodes[agent].host) == host {
            let served = nodes[agent].requestsServed
            let bytes = (served - servedAtLastCheck[agent]) * policies.logs.bytesPerRequest
            servedAtLastCheck[agent] = served
            guard bytes > 0 else { continue }
            if hosts[host].full {
                logs[agent].writeFailed(bytes: bytes)
            } else {
                let failed = bytes * min(hosts[host].slowErrors, 1_000_000) / 1_000_000
                if failed > 0 { logs[agent].writeFailed(bytes: failed) }
                rotated += logs[agent].append(bytes - failed, level: .info, now: now).rotated
            }
        }
        if rotated > 0, now - lastRotationJournal[host] >= .minute {
            lastRotationJournal[host] = now
            observer.mechanism(
                .logRotation, .change, by: fleet.hosts[host].name, about: "", from: "full file",
                to: "rotated \(rotated)", now: now)
        }
        checkDisk(host)
    }

    func usedBytes(_ host: Int) -> Int64 {
        var used = hosts[host].diskBase + hosts[host].filled
        for agent in 0..<agentCount where Int(nodes[agent].host) == host { used += logs[agent].bytesOnDisk }
        for domain in broker.domains where domain.servers.contains(where: { serverHost($0) == host }) {
            used += Int64(domain.next) * fleet.broker.messageSize
        }
        return min(used, hosts[host].diskCapacity)
    }

    func checkDisk(_ host: Int) {
        let capacity = hosts[host].diskCapacity
        var used = usedBytes(host)
        hosts[host].highWater = max(hosts[host].highWater, used)
        if let transition = diskWatches[host].update(used: used, capacity: capacity),
            policies.enabled(.logRotation)
        {
            observer.mechanism(
                .logRotation, transition.to > transition.from ? .detect : .restore, by: fleet.hosts[host].name,
                about: fleet.hosts[host].name, from: "\(transition.from)", to: "\(transition.to)", now: now)
            if transition.to == .emergency { relieve(host) }
            if transition.to == .normal { for agent in 0..<agentCount { logs[agent].restoreLevel() } }
            used = usedBytes(host)
        }
        let wasFull = hosts[host].full
        hosts[host].full = used >= capacity
        let level: DiskLevel =
            switch diskWatches[host].level {
            case _ where hosts[host].full: .full
            case .normal: .normal
            case .warn: .warn
            case .act: .act
            case .emergency: .emergency
            }
        if level != diskLevels[host] {
            diskLevels[host] = level
            observer.disk(
                host: host, used: Share(partsPerMillion: used * 1_000 / max(1, capacity / 1_000)), level: level,
                now: now)
        }
        if wasFull != hosts[host].full, wasFull { for agent in publishers.indices { publisherStarted(agent) } }
    }

    /// In an emergency the rotated files go, and logging goes down to errors.
    private func relieve(_ host: Int) {
        for agent in 0..<agentCount where Int(nodes[agent].host) == host { logs[agent].relieve() }
    }

    /// Without rotation a full disk blocks whoever writes its log: the request fails with it.
    @inline(__always)
    func blockedByLog(_ node: Int) -> Bool {
        hosts[Int(nodes[node].host)].full && node < agentCount && !policies.enabled(.logRotation)
    }

    // MARK: Slow disks

    /// Makes a disk slower and worse by so much; less of both takes it back. Faults on one disk add up.
    func changeDisk(_ host: Int, delay: Int64, errors: Int64) {
        hosts[host].slowDelay += delay
        hosts[host].slowErrors += errors
        for node in 0..<nodeCount where Int(nodes[node].host) == host {
            // A broker's writes are part of its commits.
            nodes[node].diskDelay = waitsForDisk(node) ? hosts[host].slowDelay : 0
            nodes[node].diskErrors = failsWithDisk(node) ? hosts[host].slowErrors : 0
        }
    }

    /// Who does no work that is not written down: stores, and agents by their logs.
    private func waitsForDisk(_ node: Int) -> Bool {
        nodes[node].writes || node < agentCount && policies.logs.bytesPerRequest > 0
    }

    /// As with a full disk, a log that cannot be written hurts nobody who handles that.
    private func failsWithDisk(_ node: Int) -> Bool {
        switch nodes[node].member {
        case .broker: true
        case .agent: !policies.enabled(.logRotation)
        default: nodes[node].writes
        }
    }

    func usesDisk(_ node: Int) -> Bool {
        if case .broker = nodes[node].member { return true }
        return waitsForDisk(node)
    }

    func writeFails(_ node: Int) -> Bool {
        let draw = nodes[node].diskDraws
        nodes[node].diskDraws = draw + 1
        return Stream(seed: seed, purpose: .diskError, entity: Self.entity(name(node)))
            .chance(nodes[node].diskErrors, at: draw)
    }

    var diskHighWater: Share {
        var worst = Share.zero
        for host in 0..<hostCount {
            let used = max(hosts[host].highWater, usedBytes(host))
            worst = max(
                worst, Share(partsPerMillion: used * 1_000 / max(1, hosts[host].diskCapacity / 1_000)))
        }
        return worst
    }
}
