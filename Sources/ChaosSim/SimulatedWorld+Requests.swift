import ChaosPlan
import ChaosResilience
import ChaosRun

/// Clients, queues and calls: the hot path.
///
/// A client sits beside its agent, so both ways of its transit are charged on the way in; with a constant delay the latency
/// is the same, and an answer needs no event of its own.
extension SimulatedWorld {
    // MARK: Clients

    /// The k-th request of a client is due at phase + k·interval + a uniform share of the interval: a fixed schedule that
    /// no answer can shift.
    @inline(__always)
    func scheduleClient(_ subject: Int) {
        let client = clients + subject
        let k = client.pointee.count
        client.pointee.count = k &+ 1
        let intended =
            client.pointee.phase &+ Int64(truncatingIfNeeded: k) &* clientInterval
            &+ client.pointee.stream.below(clientInterval, at: k)
        push(intended &+ 2 &* localDelay, Operation.clientArrive, entity: Entity.client + subject, UInt64(subject))
    }

    @inline(__always)
    func clientArrive(_ subject: Int) {
        scheduleClient(subject)
        let intended = now &- 2 &* localDelay
        let target = Int(clients[subject].route)
        let node = nodes + target
        if !node.pointee.state.contains(.up) {
            if !hosts[Int(node.pointee.host)].down {
                // A reset: the client knows at once.
                observer.completed(subject: subject, intended: intended, end: now, succeeded: false)
                return
            }
            let call = newCall()
            calls[call].flags = [.inUse, .calleeDone]
            calls[call].edge = Int32(subject)
            calls[call].started = intended
            awaitAnswer(call, ring: 0, from: intended)
            return
        }
        let call = newCall()
        calls[call].callee = Int32(target)
        calls[call].edge = Int32(subject)
        calls[call].started = intended
        if target != subject { calls[call].flags.insert(.viaStandby) }
        awaitAnswer(call, ring: 0, from: intended)
        accept(call, at: target)
    }

    // MARK: Serving

    /// A call reaches its callee (or does not).
    @inline(__always)
    func arrive(_ payload: UInt64) {
        guard let call = live(payload), !calls[call].flags.contains(.calleeDone) else { return }
        let target = Int(calls[call].callee)
        let from = Int(nodes[Int(calls[call].caller)].host)
        let to = Int(nodes[target].host)
        let link = links + (from &* hostCount &+ to)
        if link.pointee.isCut {
            if link.pointee.rejected > 0 {
                calls[call].flags.insert(.rejected)
                return refuse(call)
            }
            return resend(call, Operation.arrive)
        }
        if !nodes[target].state.contains(.up) {
            if hosts[to].down {
                calls[call].flags.insert(.calleeDone)
                releaseIfDone(call)
                return
            }
            return refuse(call)
        }
        accept(call, at: target)
    }

    @inline(__always)
    private func accept(_ call: Int, at target: Int) {
        let node = nodes + target
        if node.pointee.busy < node.pointee.workers && !node.pointee.state.contains(.paused) {
            return start(call, at: target)
        }
        if node.pointee.queueCount < node.pointee.queueCapacity {
            node.pointee.queue[Int((node.pointee.queueHead &+ node.pointee.queueCount) & node.pointee.queueMask)] =
                Int32(truncatingIfNeeded: call)
            node.pointee.queueCount &+= 1
            return
        }
        shed(call, at: target)
    }

    @inline(never)
    private func shed(_ call: Int, at target: Int) {
        if !nodes[target].shedding {
            nodes[target].shedding = true
            observer.mechanism(
                .loadShedding, .change, by: name(target), about: "", from: "accepting", to: "shedding", now: now)
        }
        if calls[call].caller < 0 {
            calls[call].flags.insert([.calleeDone])
            settleClient(call, succeeded: false)
        } else {
            refuse(call)
        }
    }

    @inline(__always)
    private func start(_ call: Int, at target: Int) {
        let node = nodes + target
        node.pointee.busy &+= 1
        let draw = node.pointee.serviceDraws
        node.pointee.serviceDraws = draw &+ 1
        let service =
            node.pointee.distribution.sample(
                mean: node.pointee.serviceMean, random: node.pointee.serviceStream[draw]) &* node.pointee.scale >> 10
            &+ node.pointee.diskDelay
        push(now &+ service, Operation.workDone, entity: target, handle(call))
    }

    @inline(__always)
    func workDone(_ payload: UInt64) {
        guard let call = live(payload), !calls[call].flags.contains(.calleeDone) else { return }
        let target = Int(calls[call].callee)
        if nodes[target].state.contains(.paused) {
            deferred[target].append(
                Deferred(operation: Operation.workDone, payload: payload, remaining: now - pausedAt[target]))
            return
        }
        proceed(call, at: target)
    }

    /// Asks the callee's own dependencies in order, then answers.
    @inline(__always)
    private func proceed(_ call: Int, at target: Int) {
        let first = nodes[target].firstEdge
        let count = nodes[target].edgeCount
        while calls[call].stage < count {
            let index = Int(first &+ calls[call].stage)
            calls[call].stage &+= 1
            let edge = edges + index
            let draw = edge.pointee.draws
            edge.pointee.draws = draw &+ 1
            guard edge.pointee.stream.chance(edge.pointee.share, at: draw) else { continue }
            calls[call].attempt = 0
            g.pointee.callsNeeded &+= 1
            switch issue(parent: call, edge: index) {
            case .underWay: return
            case .answered: continue
            case .failed: return finish(call, at: target, succeeded: false)
            }
        }
        var succeeded = true
        let node = nodes + target
        if node.pointee.writes && hosts[Int(node.pointee.host)].full { succeeded = false }
        if node.pointee.diskErrors > 0, writeFails(target) { succeeded = false }
        if node.pointee.badVersion > 0 {
            let draw = node.pointee.badDraws
            node.pointee.badDraws = draw + 1
            let stream = Stream(seed: seed, purpose: .badVersion, entity: Self.entity(name(target)))
            if stream.chance(node.pointee.badVersion, at: draw) { succeeded = false }
        }
        if blockedByLog(target) { succeeded = false }
        finish(call, at: target, succeeded: succeeded)
    }

    /// The callee is done: it takes the next one from its queue and answers the caller, who may have given up long ago.
    @inline(__always)
    private func finish(_ call: Int, at target: Int, succeeded: Bool) {
        let node = nodes + target
        node.pointee.busy &-= 1
        node.pointee.requestsServed &+= 1
        if node.pointee.queueCount > 0 { startNext(target) }
        calls[call].flags.insert(.calleeDone)
        if calls[call].flags.contains(.callerDone) { return release(call) }
        if succeeded { calls[call].flags.insert(.succeeded) }
        if calls[call].caller < 0 { return settleClient(call, succeeded: succeeded) }
        let from = Int(node.pointee.host)
        let to = Int(nodes[Int(calls[call].caller)].host)
        push(
            now &+ transit(from: from, to: to), Operation.response, entity: Int(calls[call].caller), handle(call))
    }

    @inline(__always)
    func startNext(_ target: Int) {
        let node = nodes + target
        let call = Int(node.pointee.queue[Int(node.pointee.queueHead)])
        node.pointee.queueHead = (node.pointee.queueHead &+ 1) & node.pointee.queueMask
        node.pointee.queueCount &-= 1
        if node.pointee.shedding && node.pointee.queueCount * 2 < node.pointee.queueCapacity { endShedding(target) }
        start(call, at: target)
    }

    private func endShedding(_ target: Int) {
        nodes[target].shedding = false
        observer.mechanism(
            .loadShedding, .change, by: name(target), about: "", from: "shedding", to: "accepting", now: now)
    }

    // MARK: Calling

    enum Issue { case underWay, answered, failed }

    /// Sends (or refuses to send) one attempt of a call on behalf of `parent`.
    @inline(__always)
    private func issue(parent: Int, edge index: Int) -> Issue {
        let edge = edges + index
        let caller = Int(edge.pointee.caller)
        if retriesOn && calls[parent].attempt == 0 { budgets[caller].countRequest() }
        var admission: UInt32 = 0
        var isProbe = false
        if breakersOn {
            let before = breakers[index].transitions
            let answer = breakers[index].admit(now: now)
            if breakers[index].transitions != before { journalBreaker(index) }
            switch answer {
            case .allowed(let generation): admission = generation
            case .probe(let generation):
                admission = generation
                isProbe = true
            case .refused: return withoutAnswer(index)
            }
        }
        if edge.pointee.kind == .agent {
            let cache = cachesOn ? caches[index].lookup(now: now) : .miss
            if case .hit = cache {
            } else {
                return lookUp(parent: parent, edge: index, admission: admission, isProbe: isProbe)
            }
        }
        return send(parent: parent, edge: index, admission: admission, isProbe: isProbe)
    }

    @inline(__always)
    private func send(parent: Int, edge index: Int, admission: UInt32, isProbe: Bool) -> Issue {
        let edge = edges + index
        let caller = Int(edge.pointee.caller)
        let target: Int
        switch edge.pointee.kind {
        case .agent: target = route(to: Int(edge.pointee.target), from: caller)
        case .node: target = Int(edge.pointee.target)
        case .hub: target = Int(hubOf[caller])
        }
        if target < 0 || refusesCredential(target, caller) {
            // Nobody to ask (isolated from both hubs), or turned away at the door.
            if breakersOn { record(.failure, edge: index, admission: admission, isProbe: isProbe) }
            return retryLater(parent: parent, edge: index) ?? withoutAnswer(index)
        }
        let call = newCall()
        calls[call].parent = Int32(truncatingIfNeeded: parent)
        calls[call].caller = Int32(truncatingIfNeeded: caller)
        calls[call].callee = Int32(truncatingIfNeeded: target)
        calls[call].edge = Int32(truncatingIfNeeded: index)
        calls[call].started = now
        calls[call].admission = admission
        if isProbe { calls[call].flags.insert(.probe) }
        g.pointee.callsSent &+= 1
        awaitAnswer(call, ring: Int(edge.pointee.ring), from: now)
        push(
            now &+ transit(from: Int(nodes[caller].host), to: Int(nodes[target].host)), Operation.arrive,
            entity: target, handle(call))
        return .underWay
    }

    /// Where does the callee live? Asked of the caller's hub when the cache does not know.
    @inline(never)
    private func lookUp(parent: Int, edge index: Int, admission: UInt32, isProbe: Bool) -> Issue {
        let caller = Int(edges[index].caller)
        let hub = Int(hubOf[caller])
        if hub < 0 {
            return located(
                parent: parent, edge: index, admission: admission, isProbe: isProbe, asked: now, succeeded: false)
        }
        let call = newCall()
        calls[call].parent = Int32(truncatingIfNeeded: parent)
        calls[call].caller = Int32(truncatingIfNeeded: caller)
        calls[call].callee = Int32(truncatingIfNeeded: hub)
        calls[call].edge = Int32(truncatingIfNeeded: index)
        calls[call].started = now
        calls[call].admission = admission
        calls[call].flags.insert(.lookup)
        if isProbe { calls[call].flags.insert(.probe) }
        awaitAnswer(call, ring: Int(lookupRing), from: now)
        push(
            now &+ transit(from: Int(nodes[caller].host), to: Int(nodes[hub].host)), Operation.arrive, entity: hub,
            handle(call))
        return .underWay
    }

    /// A stale answer from the cache is an answer: discovery fails only where nobody knows.
    private func located(
        parent: Int, edge index: Int, admission: UInt32, isProbe: Bool, asked: Int64, succeeded: Bool
    ) -> Issue {
        var isStale = false
        if !succeeded, cachesOn, case .stale = caches[index].lookup(now: now) { isStale = true }
        observer.discovered(asked: asked, end: now, succeeded: succeeded || isStale)
        if isStale, edges[index].lastJournalled + 10 * .second <= now { journalStale(index) }
        if succeeded {
            if cachesOn { caches[index].filled(now: now, ok: true) }
            return send(parent: parent, edge: index, admission: admission, isProbe: isProbe)
        }
        if isStale {
            return send(parent: parent, edge: index, admission: admission, isProbe: isProbe)
        }
        if breakersOn { record(.ignored, edge: index, admission: admission, isProbe: isProbe) }
        return withoutAnswer(index)
    }

    /// A call was refused or has failed for good: a cached (or degraded) answer, if the caller has one.
    @inline(__always)
    private func withoutAnswer(_ index: Int) -> Issue {
        guard edges[index].fallback && fallbacksOn else { return .failed }
        journalFallback(Int(edges[index].caller), index)
        return .answered
    }

    // MARK: Answers

    /// An answer reaches the caller.
    @inline(__always)
    func respond(_ payload: UInt64) {
        guard let call = live(payload), !calls[call].flags.contains(.callerDone) else { return }
        let caller = Int(calls[call].caller)
        let link = links + (Int(nodes[Int(calls[call].callee)].host) &* hostCount &+ Int(nodes[caller].host))
        if link.pointee.isCut, !calls[call].flags.contains(.rejected) { return resend(call, Operation.response) }
        if nodes[caller].state.contains(.paused) {
            deferred[caller].append(Deferred(operation: Operation.response, payload: payload, remaining: 0))
            return
        }
        settle(call, succeeded: calls[call].flags.contains(.succeeded))
    }

    /// The caller of `call` learns how it ended: it goes on, tries again, makes do, or fails itself.
    @inline(__always)
    private func settle(_ call: Int, succeeded: Bool) {
        let index = Int(calls[call].edge)
        let parent = Int(calls[call].parent)
        let flags = calls[call].flags
        let admission = calls[call].admission
        let started = calls[call].started
        calls[call].flags.insert(.callerDone)
        releaseIfDone(call)
        let issue: Issue
        if flags.contains(.lookup) {
            issue = located(
                parent: parent, edge: index, admission: admission, isProbe: flags.contains(.probe), asked: started,
                succeeded: succeeded)
        } else {
            if breakersOn {
                record(
                    succeeded ? .success : .failure, edge: index, admission: admission,
                    isProbe: flags.contains(.probe))
            }
            issue = succeeded ? .answered : retryLater(parent: parent, edge: index) ?? withoutAnswer(index)
        }
        resume(parent, issue)
    }

    @inline(__always)
    private func resume(_ parent: Int, _ issue: Issue) {
        switch issue {
        case .underWay: break
        case .answered: proceed(parent, at: Int(calls[parent].callee))
        case .failed: finish(parent, at: Int(calls[parent].callee), succeeded: false)
        }
    }

    @inline(__always)
    private func settleClient(_ call: Int, succeeded: Bool) {
        let subject = Int(calls[call].edge)
        observer.completed(subject: subject, intended: calls[call].started, end: now, succeeded: succeeded)
        if succeeded && clients[subject].awaitsTakeover && calls[call].flags.contains(.viaStandby) {
            clients[subject].awaitsTakeover = false
            journalTakeover(subject)
        }
        calls[call].flags.insert(.callerDone)
        releaseIfDone(call)
    }

    private func retryLater(parent: Int, edge index: Int) -> Issue? {
        guard retriesOn else { return nil }
        let edge = edges + index
        let attempt = Int(calls[parent].attempt) + 1
        let draw = edge.pointee.backOffDraws
        edge.pointee.backOffDraws = draw + 1
        guard
            let delay = retryPolicy.nextDelay(
                attempt: attempt, random: edge.pointee.backOffStream[draw], deadline: .max, now: now),
            budgets[Int(edge.pointee.caller)].withdraw()
        else { return nil }
        calls[parent].attempt = UInt8(attempt)
        journalRetry(Int(edge.pointee.caller), index)
        push(now + delay, Operation.retry, entity: Int(edge.pointee.caller), handle(parent))
        return .underWay
    }

    func retry(_ payload: UInt64) {
        guard let parent = live(payload), !calls[parent].flags.contains(.calleeDone) else { return }
        let node = Int(calls[parent].callee)
        if nodes[node].state.contains(.paused) {
            deferred[node].append(Deferred(operation: Operation.retry, payload: payload, remaining: 0))
            return
        }
        let index = Int(nodes[node].firstEdge &+ calls[parent].stage &- 1)
        resume(parent, issue(parent: parent, edge: index))
    }

    // MARK: Deadlines

    @inline(__always)
    private func awaitAnswer(_ call: Int, ring index: Int, from: Int64) {
        let ring = rings + index
        ring.pointee.append(
            due: from &+ ring.pointee.timeout, call: Int32(truncatingIfNeeded: call),
            generation: calls[call].generation)
        if !ring.pointee.armed { arm(index) }
    }

    private func arm(_ index: Int) {
        rings[index].armed = true
        push(
            max(now, rings[index].first.due), Operation.deadline, entity: Entity.ring + index, UInt64(index))
    }

    /// All calls of one timeout that are due by now give up; answered ones are passed over.
    func deadlines(_ which: Int32) {
        let index = Int(which)
        rings[index].armed = false
        while rings[index].count > 0 {
            let entry = rings[index].first
            let call = Int(entry.call)
            let waits =
                calls[call].generation == entry.generation && !calls[call].flags.contains(.callerDone)
            if waits && entry.due > now { return arm(index) }
            rings[index].removeFirst()
            if waits { giveUp(call) }
        }
    }

    private func giveUp(_ call: Int) {
        let caller = Int(calls[call].caller)
        if caller < 0 { return settleClient(call, succeeded: false) }
        if nodes[caller].state.contains(.paused) {
            // Its timer fires when it runs again, with all others that came due.
            deferred[caller].append(Deferred(operation: Operation.deadline, payload: handle(call), remaining: 0))
            return
        }
        settle(call, succeeded: false)
    }

    /// What came due while a process was paused happens when it runs again.
    func resume(_ late: Deferred, at node: Int) {
        switch late.operation {
        case Operation.workDone: push(now + late.remaining, Operation.workDone, entity: node, late.payload)
        case Operation.response: respond(late.payload)
        case Operation.retry: retry(late.payload)
        case Operation.deadline:
            if let call = live(late.payload), !calls[call].flags.contains(.callerDone) {
                settle(call, succeeded: false)
            }
        default: preconditionFailure("operation \(late.operation) is never deferred")
        }
    }

    // MARK: Calls

    @inline(__always)
    func handle(_ call: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: call) | UInt64(calls[call].generation) << 32
    }

    /// The call of a payload, if it is still the one that was meant.
    @inline(__always)
    func live(_ payload: UInt64) -> Int? {
        let call = Int(payload & 0xFFFF_FFFF)
        return calls[call].generation == UInt32(truncatingIfNeeded: payload >> 32) ? call : nil
    }

    @inline(__always)
    func newCall() -> Int {
        let free = g.pointee.freeCall
        if free >= 0 {
            let call = Int(free)
            g.pointee.freeCall = calls[call].nextFree
            let generation = calls[call].generation
            calls[call] = Call(generation: generation, flags: .inUse)
            return call
        }
        let call = Int(g.pointee.usedCalls)
        precondition(call < Self.callCapacity, "more than \(Self.callCapacity) calls under way")
        g.pointee.usedCalls &+= 1
        (calls + call).initialize(to: Call(flags: .inUse))
        return call
    }

    @inline(__always)
    func releaseIfDone(_ call: Int) {
        if calls[call].flags.isSuperset(of: [.callerDone, .calleeDone]) { release(call) }
    }

    @inline(__always)
    func release(_ call: Int) {
        calls[call].generation &+= 1
        calls[call].flags = []
        calls[call].nextFree = g.pointee.freeCall
        g.pointee.freeCall = Int32(truncatingIfNeeded: call)
    }

    /// The callee's kernel (or a rejecting link) answers with a reset.
    func refuse(_ call: Int) {
        calls[call].flags.insert(.calleeDone)
        if calls[call].flags.contains(.callerDone) { return release(call) }
        let from = Int(nodes[Int(calls[call].callee)].host)
        let to = Int(nodes[Int(calls[call].caller)].host)
        push(
            now + links[from * hostCount + to].delay, Operation.response, entity: Int(calls[call].caller),
            handle(call))
    }

    // MARK: Journal

    @inline(__always)
    private func record(_ outcome: CircuitBreaker.Outcome, edge index: Int, admission: UInt32, isProbe: Bool) {
        let transition = breakers[index].record(
            outcome, for: isProbe ? .probe(generation: admission) : .allowed(generation: admission), now: now)
        if transition != nil { journalBreaker(index) }
    }

    @inline(never)
    private func journalBreaker(_ index: Int) {
        guard let transition = breakers[index].lastTransition else { return }
        let callee = calleeName(index)
        observer.mechanism(
            .breaker, transition.to == .open ? .detect : .change, by: Self.edgeName(edges[index], fleet: fleet),
            about: callee, from: "\(transition.from)", to: "\(transition.to)", now: now)
    }

    private func calleeName(_ index: Int) -> String {
        let edge = edges[index]
        return switch edge.kind {
        case .agent: fleet.agents[Int(edge.target)].name
        case .node: name(Int(edge.target))
        case .hub: hubOf[Int(edge.caller)] >= 0 ? name(Int(hubOf[Int(edge.caller)])) : ""
        }
    }

    @inline(never)
    private func journalStale(_ index: Int) {
        edges[index].lastJournalled = now
        observer.mechanism(
            .discoveryCache, .change, by: Self.edgeName(edges[index], fleet: fleet), about: calleeName(index),
            from: "asking", to: "stale", now: now)
    }

    @inline(never)
    private func journalRetry(_ caller: Int, _ index: Int) {
        guard now - lastRetryJournal[caller] >= 10 * .second else { return }
        lastRetryJournal[caller] = now
        observer.mechanism(
            .retry, .change, by: name(caller), about: calleeName(index), from: "failed", to: "retrying", now: now)
    }

    @inline(never)
    private func journalFallback(_ caller: Int, _ index: Int) {
        guard now - lastFallbackJournal[caller] >= 10 * .second else { return }
        lastFallbackJournal[caller] = now
        observer.mechanism(
            .storeFallback, .change, by: name(caller), about: calleeName(index), from: "asking", to: "cached",
            now: now)
    }

    @inline(never)
    private func journalTakeover(_ subject: Int) {
        observer.mechanism(
            .agentFailover, .takeover, by: name(Int(clients[subject].route)), about: fleet.agents[subject].name,
            from: fleet.agents[subject].name, to: name(Int(clients[subject].route)), now: now)
    }
}
