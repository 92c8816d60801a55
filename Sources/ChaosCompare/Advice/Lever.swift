/// One dial, with what it can be turned to.
struct Lever: Sendable {
    /// In words: `policies.heartbeat.period`, `call timeouts`.
    var name: String
    /// Turned down, the smallest change first.
    var down: [PolicyChange] = []
    /// Turned up, the smallest change first.
    var up: [PolicyChange] = []
    /// What has no direction: words, standbys.
    var alternatives: [PolicyChange] = []

    var changes: [PolicyChange] { down + up + alternatives }

    /// In each direction as far as it goes, the furthest first: of each list the first that the fleet can have is tried.
    var extremes: [[PolicyChange]] {
        [down.reversed(), up.reversed()].filter { !$0.isEmpty } + alternatives.map { [$0] }
    }

    /// One in the middle of each direction.
    var middles: [PolicyChange] {
        [down, up].compactMap { $0.count > 2 ? $0[($0.count - 1) / 2] : nil }
    }
}
