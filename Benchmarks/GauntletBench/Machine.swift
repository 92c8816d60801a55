import Foundation

/// What the process has used up. Processor time is what the bounds on rates are judged by: on a shared machine the wall
/// clock measures the neighbours.
enum Machine {
    static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    static func userSeconds() -> Double {
        let usage = usage(RUSAGE_SELF)
        return Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) * 1e-6
    }

    /// Peak resident memory in MB. The peak of a parent counts for its child, so nothing large may be measured in one.
    static func peakMemory(of whom: __rusage_who = RUSAGE_SELF) -> Double { Double(usage(whom).ru_maxrss) * 1024 / 1e6 }

    static func seconds(since began: ContinuousClock.Instant) -> Double {
        let parts = began.duration(to: .now).components
        return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    }

    private static func usage(_ whom: __rusage_who) -> rusage {
        var usage = rusage()
        getrusage(__rusage_who_t(whom.rawValue), &usage)
        return usage
    }
}
