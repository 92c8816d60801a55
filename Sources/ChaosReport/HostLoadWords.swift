public import ChaosPlan

/// What is worth a word about how busy the hosts of a live run were: who is short of processors answers late, be it the fleet
/// or the harness.
public enum HostLoadWords {
    /// Longer than a start of a process takes.
    private static let noticeable: Nanoseconds = 3 * .second
    private static let nearlyFull = 0.9

    /// One line a host, none for one that had enough of everything: `MainPC: CPU 97 % at most, above 90 % for 12 s`.
    public static func notable(_ timeline: Timeline, _ header: JournalHeader) -> [String] {
        timeline.loads.compactMap { lane in
            var parts: [String] = []
            if lane.busy >= noticeable, let peak = lane.cpu.peak {
                let share = Measure.percent(Timeline.LoadLane.busyShare, digits: 2)
                parts.append(
                    "CPU \(Measure.percent(peak, digits: 2)) at most, above \(share) for \(Measure.time(lane.busy))")
            }
            for (name, quantity) in [("memory", lane.memory), ("disk", lane.disk)] {
                if let peak = quantity.peak, peak >= nearlyFull {
                    parts.append("\(name) \(Measure.percent(peak, digits: 2)) at most")
                }
            }
            guard !parts.isEmpty else { return nil }
            return "\(name(lane.host, header)): \(parts.joined(separator: "; "))"
        }
    }

    static func name(_ host: Int?, _ header: JournalHeader) -> String {
        guard let host else { return "the harness' machine" }
        return header.hosts.indices.contains(host) ? header.hosts[host] : "host \(host)"
    }
}
