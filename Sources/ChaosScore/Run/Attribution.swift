import ChaosPlan

/// Which fault instances each downtime belongs to.
///
/// A downtime that begins after the first effective fault belongs to the instances in force whose targets include its
/// subject; failing those, to the ones with that target reverted less than the hold time ago; failing those, to the one
/// that became effective last among the ones in force or just reverted; failing those, to the last one at all. One that
/// was under way before the first effective fault counts from then on.
struct Attribution {
    /// Clipped to the first effective fault, by start.
    private(set) var intervals: [DownInterval] = []
    /// Of each interval, indices of instances.
    private(set) var owners: [[Int]] = []
    /// Of each interval: none of its owners targeted its subject.
    private(set) var untargeted: [Bool] = []
    /// Of each instance, indices of intervals, by start.
    private(set) var ofInstance: [[Int]]

    init(_ downtime: [DownInterval], tracks: [InstanceTrack], hold: Nanoseconds) {
        ofInstance = Array(repeating: [], count: tracks.count)
        let order = tracks.indices.filter { tracks[$0].effective != nil }
            .sorted { (tracks[$0].effective!, $0) < (tracks[$1].effective!, $1) }
        guard let first = order.first.flatMap({ tracks[$0].effective }) else { return }
        for var interval in downtime where interval.end > first {
            interval.start = max(interval.start, first)
            intervals.append(interval)
        }
        intervals.sort { ($0.start, $0.subject) < ($1.start, $1.subject) }

        var next = 0
        var active: [Int] = []
        for (index, interval) in intervals.enumerated() {
            while next < order.count, tracks[order[next]].effective! <= interval.start {
                active.append(order[next])
                next += 1
            }
            active.removeAll { tracks[$0].reverted.map { $0 + hold <= interval.start } ?? false }
            let targeting = active.filter { tracks[$0].subjects.contains(interval.subject) }
            var mine = targeting.filter { tracks[$0].reverted.map { $0 > interval.start } ?? true }
            if mine.isEmpty { mine = targeting }
            if mine.isEmpty { mine = [active.last ?? order[next - 1]] }
            untargeted.append(!mine.contains { tracks[$0].subjects.contains(interval.subject) })
            owners.append(mine)
            for instance in mine { ofInstance[instance].append(index) }
        }
    }
}
