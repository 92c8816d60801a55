public import ChaosPlan

/// Takes clients' operations, each when it is over.
public protocol OperationSink: AnyObject {
    func write(_ operation: OperationRecord)
}
