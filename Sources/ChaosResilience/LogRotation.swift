/// One process's log on disk: the file being written and its rotated, compressed predecessors.
///
/// Logging never stops its process: what cannot be written is dropped and counted.
public struct LogRotation: Sendable, Equatable {
    /// Severity of a log line.
    public enum Level: UInt8, Sendable, Comparable {
        case debug, info, warning, error

        /// Graver is greater.
        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// What an append did to the files.
    public struct Events: Sendable, Equatable {
        /// Files filled and rotated.
        public var rotated: Int64 = 0
        /// Rotated files deleted, being too many or too old.
        public var deleted: Int64 = 0

        /// So many files rotated and deleted.
        public init(rotated: Int64 = 0, deleted: Int64 = 0) {
            self.rotated = rotated
            self.deleted = deleted
        }
    }

    /// The policy this log follows.
    public let policy: LogRotationPolicy
    /// The least level written now.
    public private(set) var level: Level
    /// Bytes in the file being written.
    public private(set) var activeBytes: Int64 = 0
    /// Bytes dropped because a write failed.
    public private(set) var droppedBytes: Int64 = 0
    /// Writes that failed.
    public private(set) var failedWrites = 0
    /// Bytes not written because their level was too low.
    public private(set) var suppressedBytes: Int64 = 0
    /// When each rotated file was rotated, oldest first; at most `keptFiles`.
    private var rotations: [Nanoseconds] = []

    /// An empty log.
    public init(policy: LogRotationPolicy) {
        self.policy = policy
        level = policy.level
    }

    /// The rotated files on disk.
    public var rotatedFiles: Int { rotations.count }

    /// The size of one rotated file.
    public var rotatedFileBytes: Int64 {
        let whole = policy.bytesPerFile / 100 * Int64(policy.compressedPercent)
        return whole + policy.bytesPerFile % 100 * Int64(policy.compressedPercent) / 100
    }

    /// All bytes of this log on disk.
    public var bytesOnDisk: Int64 { activeBytes + Int64(rotations.count) * rotatedFileBytes }

    /// The most bytes this log ever keeps, a file about to be compressed not counted.
    public var bytesAtMost: Int64 { policy.bytesPerFile + Int64(policy.keptFiles) * rotatedFileBytes }

    /// Writes bytes of one level; a file is rotated as soon as it is full.
    ///
    /// A stream of bytes, not of lines: any amount costs the same, so a simulator may write an hour's log at once.
    /// The cost is bounded by the files kept. Files rotated by one append all count as rotated `now`.
    @discardableResult
    public mutating func append(_ bytes: Int64, level: Level, now: Nanoseconds) -> Events {
        precondition(bytes >= 0, "bytes must not be negative")
        var events = Events(deleted: deleteAged(now: now))
        guard level >= self.level else {
            suppressedBytes += bytes
            return events
        }
        activeBytes += bytes
        guard activeBytes >= policy.bytesPerFile else { return events }
        events.rotated = activeBytes / policy.bytesPerFile
        activeBytes %= policy.bytesPerFile
        let kept = Int(min(events.rotated, Int64(policy.keptFiles)))
        let surplus = max(0, rotations.count + kept - policy.keptFiles)
        events.deleted += Int64(surplus) + (events.rotated - Int64(kept))
        rotations.removeFirst(surplus)
        for _ in 0..<kept { rotations.append(now) }
        return events
    }

    /// A write failed, the disk being full or broken: its bytes are lost and counted, and service goes on.
    public mutating func writeFailed(bytes: Int64) {
        failedWrites += 1
        droppedBytes += bytes
    }

    /// The action in an emergency: deletes all rotated files, and logs less from now on. Returns the bytes freed.
    @discardableResult
    public mutating func relieve() -> Int64 {
        let freed = Int64(rotations.count) * rotatedFileBytes
        rotations.removeAll(keepingCapacity: true)
        level = policy.emergencyLevel
        return freed
    }

    /// The emergency is over: the usual level again.
    public mutating func restoreLevel() {
        level = policy.level
    }

    private mutating func deleteAged(now: Nanoseconds) -> Int64 {
        guard let maxAge = policy.maxAge else { return 0 }
        var aged = 0
        while aged < rotations.count && now >= rotations[aged] + maxAge { aged += 1 }
        rotations.removeFirst(aged)
        return Int64(aged)
    }
}
