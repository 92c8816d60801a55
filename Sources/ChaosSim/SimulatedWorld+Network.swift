import ChaosPlan
import ChaosRun

/// Links. Calls and messages ride on TCP: loss, corruption and a silent partition show as retransmission delay, not as gaps.
extension SimulatedWorld {
    /// Size of one request or answer on the wire.
    private static let callKiB: Int64 = 2
    /// Linux' smallest retransmission timeout, doubled at each further loss.
    private static let retransmitMin: Int64 = 200 * .millisecond

    /// One way between two hosts, drawn now.
    @inline(__always)
    func transit(from: Int, to: Int) -> Int64 {
        let link = links + (from &* hostCount &+ to)
        var delay = link.pointee.delay &+ link.pointee.perKiB &* Self.callKiB
        if link.pointee.jitter > 0 {
            let draw = link.pointee.draws
            link.pointee.draws = draw &+ 1
            delay &+= link.pointee.stream.below(link.pointee.jitter, at: draw)
        }
        if !link.pointee.isPlain { delay &+= disturbance(link) }
        return delay
    }

    @inline(never)
    private func disturbance(_ link: UnsafeMutablePointer<LinkState>) -> Int64 {
        var extra = link.pointee.extraDelay
        func draw(below bound: Int64) -> Int64 {
            let k = link.pointee.draws
            link.pointee.draws = k &+ 1
            return link.pointee.stream.below(bound, at: k)
        }
        if link.pointee.extraJitter > 0 { extra += draw(below: link.pointee.extraJitter) }
        if link.pointee.loss > 0 {
            var timeout = Self.retransmitMin
            var tries = 0
            while tries < 8, draw(below: 1_000_000) < link.pointee.loss {
                extra += timeout
                timeout *= 2
                tries += 1
            }
        }
        if link.pointee.reorder > 0, draw(below: 1_000_000) < link.pointee.reorder { extra += link.pointee.reorderBy }
        // TCP drops the copy; what it costs is the time it takes on the wire.
        let isDoubled = link.pointee.duplicate > 0 && draw(below: 1_000_000) < link.pointee.duplicate
        if isDoubled { extra += link.pointee.perKiB * Self.callKiB }
        if link.pointee.limit > 0 {
            // A serial line: what is sent waits for what was sent before it.
            let kib = isDoubled ? 2 * Self.callKiB : Self.callKiB
            let start = max(link.pointee.free, now)
            link.pointee.free = start + kib * 1024 * 1_000_000_000 / link.pointee.limit
            extra += link.pointee.free - now
        }
        return extra
    }

    /// A silent link: the sender's kernel tries again with exponential back-off for as long as anyone waits, so what was
    /// under way bursts through after the heal.
    func resend(_ call: Int, _ operation: UInt8) {
        if calls[call].flags.contains(.callerDone) {
            calls[call].flags.insert(.calleeDone)
            return releaseIfDone(call)
        }
        let tries = calls[call].resends
        calls[call].resends = min(tries + 1, 20)
        let entity = operation == Operation.arrive ? calls[call].callee : calls[call].caller
        push(now + Self.retransmitMin << Int64(min(tries, 7)), operation, entity: Int(entity), handle(call))
    }

    func isOpen(from: Int, to: Int) -> Bool {
        !links[from * hostCount + to].isCut && links[from * hostCount + to].exists
    }

    func isOpenBothWays(_ a: Int, _ b: Int) -> Bool { isOpen(from: a, to: b) && isOpen(from: b, to: a) }

    /// Changes a directed link and tells everything that listens to heartbeats or leaders across it.
    func changeLink(from: Int, to: Int, _ change: (inout LinkState) -> Void) {
        beforeChange()
        change(&links[from * hostCount + to])
        afterChange()
        hubLinksChanged()
        brokerChanged()
    }
}
