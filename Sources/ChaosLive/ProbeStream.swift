import ChaosFleet
import ChaosPlan

/// One line of the prober: what a client saw, in nanoseconds from the start of the run.
enum ProbeLine: Hashable {
    case outcome(
        subject: Int, intended: Nanoseconds, end: Nanoseconds, succeeded: Bool, late: Nanoseconds, serving: Int?)
    /// Everything that ended before this has been told.
    case watermark(Nanoseconds)
    /// Due, and never sent.
    case unsent(subject: Int, intended: Nanoseconds)
    case trouble(String)
    case format(Int)

    /// Nil for a line that is none of these.
    init?(_ line: String) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
        switch (fields.first, fields.count) {
        case ("o", 7):
            guard let subject = Int(fields[1]), let intended = Int64(fields[2]), let end = Int64(fields[3]),
                let late = Int64(fields[5])
            else { return nil }
            self = .outcome(
                subject: subject, intended: intended, end: end, succeeded: fields[4] == "1", late: late,
                serving: Int(fields[6]))
        case ("w", 2):
            guard let time = Int64(fields[1]) else { return nil }
            self = .watermark(time)
        case ("u", 3):
            guard let subject = Int(fields[1]), let intended = Int64(fields[2]) else { return nil }
            self = .unsent(subject: subject, intended: intended)
        case ("e", 2): self = .trouble(String(fields[1]))
        case ("h", 2):
            guard let format = Int(fields[1]) else { return nil }
            self = .format(format)
        default: return nil
        }
    }
}
