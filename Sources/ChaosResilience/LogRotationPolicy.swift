/// How much of its log a process keeps on disk.
public struct LogRotationPolicy: Sendable, Equatable {
    /// The size at which the file being written is rotated.
    public let bytesPerFile: Int64
    /// Rotated files kept beside the one being written; older ones are deleted.
    public let keptFiles: Int
    /// The size of a rotated file in percent of what was written (gzip of logs: some 10; 100: uncompressed).
    public let compressedPercent: Int
    /// The age, counted from its rotation, at which a rotated file is deleted; `nil` keeps it whatever its age.
    public let maxAge: Nanoseconds?
    /// The least level written in normal times.
    public let level: LogRotation.Level
    /// The least level written after an emergency.
    public let emergencyLevel: LogRotation.Level

    /// A policy; traps on values that cannot work.
    public init(
        bytesPerFile: Int64,
        keptFiles: Int,
        compressedPercent: Int,
        maxAge: Nanoseconds?,
        level: LogRotation.Level,
        emergencyLevel: LogRotation.Level
    ) {
        precondition(bytesPerFile >= 1 && bytesPerFile <= 1 << 50, "bytesPerFile must lie in 1...2^50")
        precondition(keptFiles >= 0 && keptFiles <= 4096, "keptFiles must lie in 0...4096")
        precondition((0...100).contains(compressedPercent), "compressedPercent must lie in 0...100")
        if let maxAge { requireSpan(maxAge, "maxAge") }
        precondition(emergencyLevel >= level, "an emergency must not log more")
        self.bytesPerFile = bytesPerFile
        self.keptFiles = keptFiles
        self.compressedPercent = compressedPercent
        self.maxAge = maxAge
        self.level = level
        self.emergencyLevel = emergencyLevel
    }
}
