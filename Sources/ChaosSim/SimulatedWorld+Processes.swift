import ChaosPlan
import ChaosResilience
import ChaosRun

/// Death, restart and pause of processes.
extension SimulatedWorld {
    /// The process ends now. Its kernel, if the host still stands, resets every connection at once.
    func crash(_ index: Int) {
        guard nodes[index].state.contains(.up) || nodes[index].state.contains(.starting) else { return }
        beforeChange()
        let node = nodes + index
        node.pointee.state = []
        node.pointee.epoch &+= 1
        node.pointee.busy = 0
        node.pointee.queueCount = 0
        node.pointee.shedding = false
        node.pointee.pauses = 0
        deferred[index].removeAll()
        timerGenerations[index] &+= 1
        abandonCalls(of: index, silent: hosts[Int(node.pointee.host)].down)
        if index < agentCount { publisherDied(index) }
        superviseExit(index)
        afterChange()
        membershipChanged(index)
    }

    /// Whoever waits for the dead process is reset, unless nobody is left to send the reset; its own calls are nobody's now.
    ///
    /// In an order of the calls' own, not of the slots they happen to lie in: those depend on everyone else's.
    private func abandonCalls(of index: Int, silent: Bool) {
        let concerned = (0..<Int(g.pointee.usedCalls)).filter {
            calls[$0].flags.contains(.inUse) && (Int(calls[$0].callee) == index || Int(calls[$0].caller) == index)
        }
        let ordered = concerned.sorted {
            let (a, b) = (calls[$0], calls[$1])
            return (a.caller, a.callee, a.edge, a.started) < (b.caller, b.callee, b.edge, b.started)
        }
        for call in ordered {
            if Int(calls[call].callee) == index, !calls[call].flags.contains(.calleeDone) {
                loseCallee(of: call, silent: silent)
            }
            if Int(calls[call].caller) == index, calls[call].flags.contains(.inUse),
                !calls[call].flags.contains(.callerDone)
            {
                calls[call].flags.insert(.callerDone)
                releaseIfDone(call)
            }
        }
    }

    private func loseCallee(of call: Int, silent: Bool) {
        if silent {
            calls[call].flags.insert(.calleeDone)
            return releaseIfDone(call)
        }
        guard calls[call].caller < 0 else { return refuse(call) }
        calls[call].flags.insert(.calleeDone)
        if !calls[call].flags.contains(.callerDone) {
            observer.completed(
                subject: Int(calls[call].edge), intended: calls[call].started, end: now, succeeded: false)
            calls[call].flags.insert(.callerDone)
        }
        releaseIfDone(call)
    }

    private func superviseExit(_ index: Int) {
        _ = supervisors[index].tick(now: now)
        _ = supervisors[index].exited(.failure, now: now)
        scheduleRestart(index)
    }

    private func scheduleRestart(_ index: Int) {
        guard case .waiting(let until) = supervisors[index].state else { return }
        setTimer(.restart, at: until, index: index, generation: timerGenerations[index])
    }

    func restartDue(_ index: Int, _ generation: UInt32) {
        guard generation == timerGenerations[index] else { return }
        // Held down, or the host is gone: whoever lets go asks again.
        guard nodes[index].heldDown == 0, !hosts[Int(nodes[index].host)].down else { return }
        guard let transition = supervisors[index].tick(now: now) else { return }
        if transition.to == .gaveUp {
            observer.mechanism(
                .restart, .change, by: "supervisor", about: name(index), from: "waiting", to: "gave-up", now: now)
            return
        }
        observer.mechanism(
            .restart, .change, by: "supervisor", about: name(index), from: "waiting", to: "starting", now: now)
        start(index)
    }

    /// From process start to ready, drawn ±20 %.
    func start(_ index: Int) {
        timerGenerations[index] &+= 1
        nodes[index].state = [.starting]
        let stream = Stream(seed: seed, purpose: .startup, entity: Self.entity(name(index)))
        let mean = nodes[index].startup
        let time = mean - mean / 5 + stream.below(mean * 2 / 5 + 1, at: UInt64(nodes[index].epoch))
        setTimer(.started, at: now + time, index: index, generation: timerGenerations[index])
    }

    func started(_ index: Int, _ generation: UInt32) {
        guard generation == timerGenerations[index] else { return }
        beforeChange()
        nodes[index].state = [.up]
        observer.mechanism(
            .restart, .restore, by: "supervisor", about: name(index), from: "starting", to: "running", now: now)
        afterChange()
        if index >= firstHub && index < firstBroker { hubStarted(index - firstHub) }
        membershipChanged(index)
        if index < agentCount { agentStarted(index) }
    }

    /// A fault lets go of a process that it held down.
    func letGo(_ index: Int) {
        nodes[index].heldDown -= 1
        guard nodes[index].heldDown == 0, nodes[index].state == [] else { return }
        scheduleRestart(index)
    }

    /// Stops a living process; a dead one cannot be stopped, and the one that its supervisor starts next is another.
    func pause(_ index: Int) -> Bool {
        guard nodes[index].state.contains(.up) else { return false }
        nodes[index].pauses += 1
        guard nodes[index].pauses == 1 else { return true }
        beforeChange()
        nodes[index].state.insert(.paused)
        pausedAt[index] = now
        afterChange()
        membershipChanged(index)
        return true
    }

    /// The last pause of this incarnation is over: everything that came due meanwhile happens at once.
    func unpause(_ index: Int, epoch: UInt32) {
        guard nodes[index].epoch == epoch, nodes[index].pauses > 0 else { return }
        nodes[index].pauses -= 1
        guard nodes[index].pauses == 0 else { return }
        beforeChange()
        nodes[index].state.remove(.paused)
        afterChange()
        membershipChanged(index)
        let late = deferred[index]
        deferred[index].removeAll()
        for item in late { resume(item, at: index) }
        while nodes[index].busy < nodes[index].workers && nodes[index].queueCount > 0 { startNext(index) }
        if index < agentCount { agentResumed(index) }
    }

    /// Serves, as far as others can tell.
    func isServing(_ index: Int) -> Bool {
        nodes[index].state.contains(.up) && !nodes[index].state.contains(.paused)
    }

    private func membershipChanged(_ index: Int) {
        if index >= firstHub && index < firstBroker { hubChanged(index - firstHub) }
        if index >= firstBroker && index < firstStore { brokerChanged() }
    }
}
