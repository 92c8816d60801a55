public import ChaosPlan

/// The hash of what happened to the fleet: a journal's lines without those that only say which fault was in force.
///
/// Two runs of one seed with different sets of faults are comparable by it: equal hashes mean that the faults they do
/// not share changed nothing.
public struct HistoryHash {
    private var hash = JournalHash()
    private var line: [UInt8] = []
    /// Of each instance of this run, its number in the run it is compared with.
    private let instances: [Int]?

    /// - Parameters:
    ///   - instances: of each instance of this run, its index in the schedule it was cut from; nil if it is uncut.
    public init(instances: [Int]? = nil) { self.instances = instances }

    /// The next record, in the journal's order.
    public mutating func consume(_ record: JournalRecord) {
        var record = record
        switch record.event {
        case .fault: return
        case .procedure(let instance, let took, let succeeded):
            record.event = .procedure(instance: instances?[instance] ?? instance, took: took, succeeded: succeeded)
        default: break
        }
        line.removeAll(keepingCapacity: true)
        JournalEncoder.encode(record, into: &line)
        hash.update(line)
    }

    /// Over the records so far.
    public var value: JournalHash { hash }
}
