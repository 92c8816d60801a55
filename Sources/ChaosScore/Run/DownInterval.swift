import ChaosPlan

/// One chain's downtime from the evidence that brought it down to the evidence that it is up again.
struct DownInterval: Hashable, Sendable {
    var subject: Int
    var start: Nanoseconds
    /// The horizon for a chain that never came up again.
    var end: Nanoseconds
    /// Still down when the run ended.
    var open: Bool

    var length: Nanoseconds { end - start }

    /// How much of it lies in `[from, to)`.
    func overlap(from: Nanoseconds, to: Nanoseconds) -> Nanoseconds { max(0, min(end, to) - max(start, from)) }
}
