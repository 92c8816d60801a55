public import ChaosPlan

extension Timeline {
    /// How busy one host was: the worst of each bin, nil where nobody looked.
    public struct LoadLane: Hashable, Sendable {
        /// Index into the header's `hosts`; nil for the machine that the harness ran on.
        public var host: Int?
        public var cpu = Quantity()
        public var memory = Quantity()
        public var disk = Quantity()
        /// How long more than `busyShare` of its cores' time was worked, in all.
        public var busy: Nanoseconds = 0
        private var lastTime: Nanoseconds?
        private var lastBin: Int?

        /// Above this, who waits for a processor waits noticeably.
        public static let busyShare = 0.9

        public struct Quantity: Hashable, Sendable {
            public var shares: [Double?] = Array(repeating: nil, count: Timeline.pointCount)
            public var peak: Double?

            fileprivate mutating func add(_ share: Double, bins: ClosedRange<Int>) {
                peak = max(peak ?? 0, share)
                for bin in bins { shares[bin] = max(shares[bin] ?? 0, share) }
            }
        }

        init(host: Int?) { self.host = host }

        mutating func add(_ load: HostLoad, at time: Nanoseconds, binWidth: Nanoseconds) {
            let bin = min(Timeline.pointCount - 1, max(0, Int(time / binWidth)))
            // It speaks of the time since the look before.
            let bins = min(bin, (lastBin ?? bin - 1) + 1)...bin
            cpu.add(load.cpu.fraction, bins: bins)
            if load.memoryTotal > 0 { memory.add(Double(load.memory) / Double(load.memoryTotal), bins: bins) }
            if let share = load.disk { disk.add(share.fraction, bins: bins) }
            if load.cpu.fraction > Self.busyShare { busy += time - (lastTime ?? time) }
            (lastTime, lastBin) = (time, bin)
        }
    }
}
