/// A point in time or a length of time in nanoseconds.
///
/// Where zero lies is the driver's affair (start of the run, boot); it only has to be one monotonic clock per
/// machine. Throughout this module a deadline `t` has come as soon as `now >= t`, and `now` never runs
/// backwards between two calls on the same machine.
public typealias Nanoseconds = Int64

extension Nanoseconds {
    /// The longest length of time a policy may hold, about 73 years.
    ///
    /// Bounding lengths once, in the policies, is what allows `now + length` to be written without an overflow
    /// check everywhere else, even where `now` counts from 1970.
    public static var longestSpan: Nanoseconds { .max / 4 }
}

/// Traps unless a length of time of a policy lies in its permitted range.
func requireSpan(_ span: Nanoseconds, atLeast least: Nanoseconds = 1, _ name: StaticString) {
    precondition(span >= least && span <= .longestSpan, "\(name) is out of range: \(span) ns")
}
