import ChaosPlan
import Glibc

/// How long a request's own work takes: a draw from the fleet file's distribution, most of it slept and a share of it worked.
struct ServiceTime: Sendable {
    private let mean: Nanoseconds
    private let spread: Fleet.Service.Spread
    /// Parts per million that are spent computing.
    private let burn: Int64
    private var chance: Chance

    init(_ service: Fleet.Service, burn: Share, name: String) {
        mean = service.time
        spread = service.spread
        self.burn = burn.partsPerMillion
        chance = Chance(name)
    }

    /// To be slept, then to be worked.
    mutating func next() -> (idle: Nanoseconds, work: Nanoseconds) {
        let time = Nanoseconds(Double(mean) * factor())
        let work = time / 1_000_000 * burn + time % 1_000_000 * burn / 1_000_000
        return (time - work, work)
    }

    /// Of mean one.
    private mutating func factor() -> Double {
        switch spread {
        case .constant: return 1
        case .exponential: return -log(chance.fraction())
        case .lognormal:
            let sigma = 0.5
            let normal = (-2 * log(chance.fraction())).squareRoot() * cos(2 * .pi * chance.fraction())
            return exp(sigma * normal - sigma * sigma / 2)
        }
    }

    /// Computes until this thread has had so much of the processor; on a starved host that takes longer, as it should.
    static func work(_ time: Nanoseconds) {
        guard time > 0 else { return }
        let until = threadTime() + time
        var value: UInt64 = 1
        while threadTime() < until {
            for _ in 0..<256 { value = Draw.mix(value) }
        }
        // Looked at, so that the work cannot be left out.
        if value == 0 { sched_yield() }
    }

    private static func threadTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
