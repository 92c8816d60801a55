/// Marks on packets (SO_MARK) by which our rules know our own.
enum QueueMark {
    /// Copies that the delay engine sends: not queued again.
    static let copies: UInt32 = 0x6774_6C74
}
