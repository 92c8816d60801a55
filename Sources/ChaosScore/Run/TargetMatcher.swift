import ChaosPlan

/// Whether a mechanism's line speaks of what a fault instance hit.
struct TargetMatcher {
    private let names: Set<String>
    /// The two hosts of each link hit, in either order.
    private let links: [(String, String)]
    private let places: Places

    init(targets: [String], places: Places) {
        self.places = places
        var names = Set(targets)
        // A fault of a host lists its members; a mechanism may name the host itself.
        for (host, members) in places.members where !members.isEmpty && members.allSatisfy(names.contains) {
            names.insert(host)
        }
        self.names = names
        links = targets.compactMap(places.link)
    }

    func matches(by: String, about: String) -> Bool {
        if names.contains(about) { return true }
        if links.isEmpty { return false }
        if let named = places.link(about) { return links.contains { Self.same($0, named) } }
        guard let from = places.host(of: by), let to = places.host(of: about) else { return false }
        return links.contains { Self.same($0, (from, to)) }
    }

    /// Whether this mechanism's detection obliges somebody to replace `about`. A breaker notices too, but replaces nobody;
    /// and nobody can replace an agent without a standby.
    func owesReplacement(_ event: MechanismEvent) -> Bool {
        switch event.mechanism {
        case .hubFailover, .brokerElection, .storeFallback: true
        case .agentFailover: places.hasStandby(event.about)
        default: false
        }
    }

    private static func same(_ a: (String, String), _ b: (String, String)) -> Bool {
        a == b || (a.0 == b.1 && a.1 == b.0)
    }
}
