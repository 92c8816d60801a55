import ChaosPlan

/// What the request windows add up to, by kind, phase and group. Windows of the recovery phase are kept one by one,
/// because only at the end it is known how far into it the faults reached.
struct RequestTally {
    struct Cell {
        var requests = 0
        var succeeded = 0
        var latency = LatencyHistogram()

        mutating func add(_ window: RequestWindow) {
            requests += window.requests
            succeeded += window.succeeded
            latency.add(window.latency)
        }

        mutating func add(_ other: Cell) {
            requests += other.requests
            succeeded += other.succeeded
            latency.add(other.latency)
        }
    }

    struct Window {
        var start: Nanoseconds
        var window: RequestWindow
    }

    private let groups: Int
    /// Index: ((kind × 2) + phase) × (groups + 1) + group + 1; nil until the first window.
    private var cells: [Cell?]
    private(set) var recovery: [Window] = []
    /// Per kind: windows of the whole fleet were written, which then count instead of the groups' sum.
    private var fleetWide: [Bool]

    init(groups: Int) {
        self.groups = groups
        cells = Array(repeating: nil, count: RequestWindow.Kind.allCases.count * 2 * (groups + 1))
        fleetWide = Array(repeating: false, count: RequestWindow.Kind.allCases.count)
    }

    mutating func add(_ window: RequestWindow, at start: Nanoseconds, in phase: Phase) {
        if window.group < 0 { fleetWide[kindIndex(window.kind)] = true }
        if phase == .recovery {
            recovery.append(Window(start: start, window: window))
            return
        }
        let index = self.index(window.kind, phase, window.group)
        if cells[index] == nil { cells[index] = Cell() }
        cells[index]!.add(window)
    }

    private func kindIndex(_ kind: RequestWindow.Kind) -> Int { kind == .requests ? 0 : 1 }

    private func index(_ kind: RequestWindow.Kind, _ phase: Phase, _ group: Int) -> Int {
        (kindIndex(kind) * 2 + (phase == .baseline ? 0 : 1)) * (groups + 1) + group + 1
    }

    /// Which windows make up `groups` (nil: the fleet).
    private func columns(_ kind: RequestWindow.Kind, _ groups: [Int]?) -> [Int] {
        if let groups { return groups }
        return fleetWide[kindIndex(kind)] ? [-1] : Array(0..<self.groups)
    }

    /// Of the baseline or the faults phase.
    func sum(_ kind: RequestWindow.Kind, _ phase: Phase, groups: [Int]?) -> Cell {
        var sum = Cell()
        for column in columns(kind, groups) {
            if let cell = cells[index(kind, phase, column)] { sum.add(cell) }
        }
        return sum
    }

    /// Of the windows of the recovery phase that start before `end`.
    func recovery(_ kind: RequestWindow.Kind, groups: [Int]?, before end: Nanoseconds) -> Cell {
        var sum = Cell()
        let columns = columns(kind, groups)
        for entry in recovery where entry.window.kind == kind && entry.start < end {
            if columns.contains(entry.window.group) { sum.add(entry.window) }
        }
        return sum
    }

    /// Successful requests of the recovery phase within `[from, to)`, windows that straddle an edge counted by their share.
    func goodput(groups: [Int]?, from: Nanoseconds, to: Nanoseconds) -> Double {
        let columns = columns(.requests, groups)
        var sum = 0.0
        for entry in recovery where entry.window.kind == .requests && entry.window.length > 0 {
            guard columns.contains(entry.window.group) else { continue }
            let overlap = min(entry.start + entry.window.length, to) - max(entry.start, from)
            if overlap > 0 {
                sum += Double(entry.window.succeeded) * (Double(overlap) / Double(entry.window.length))
            }
        }
        return sum
    }
}
