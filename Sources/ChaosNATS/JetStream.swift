internal import CNATS

/// Streams and their consumers through one connection. Every call blocks for `wait` milliseconds at most.
public final class JetStream: Sendable {
    let connection: NATSConnection
    let context: Handle

    /// - Parameter domain: nil for that of the server the connection is with.
    public init(_ connection: NATSConnection, domain: String? = nil, wait: Int64 = 5000) throws(NATSFailure) {
        try connection.checkOpen()
        let text = CText()
        var options = jsOptions()
        jsOptions_Init(&options)
        options.Wait = wait
        if let domain { options.Domain = text(domain) }
        var made: OpaquePointer?
        let status = withExtendedLifetime(text) {
            natsConnection_JetStream(&made, connection.handle.raw, &options)
        }
        try check(status, "JetStream")
        guard let made else { throw NATSFailure(.invalid, "JetStream: no context") }
        self.connection = connection
        context = Handle(made)
    }

    deinit { jsCtx_Destroy(context.raw) }

    /// Ends the connection beneath.
    public func close() { connection.close() }

    /// Makes the stream, or changes the one of that name to what is wanted.
    @discardableResult
    public func ensureStream(_ configuration: StreamConfiguration) throws(NATSFailure) -> StreamInfo {
        try connection.checkOpen()
        let action = "stream \(configuration.name)"
        var info: UnsafeMutablePointer<jsStreamInfo>?
        var code = jsErrCode(rawValue: 0)
        var status = configuration.withC { js_AddStream(&info, context.raw, $0, nil, &code) }
        if status != NATS_OK, code == JSStreamNameExistErr {
            code = jsErrCode(rawValue: 0)
            status = configuration.withC { js_UpdateStream(&info, context.raw, $0, nil, &code) }
        }
        try check(status, code: code, action)
        return try Self.take(info, action)
    }

    public func streamInfo(_ stream: String) throws(NATSFailure) -> StreamInfo {
        try connection.checkOpen()
        var info: UnsafeMutablePointer<jsStreamInfo>?
        var code = jsErrCode(rawValue: 0)
        try check(js_GetStreamInfo(&info, context.raw, stream, nil, &code), code: code, "stream \(stream)")
        return try Self.take(info, "stream \(stream)")
    }

    /// Names of all streams, sorted.
    public func streams() throws(NATSFailure) -> [String] {
        try connection.checkOpen()
        var list: UnsafeMutablePointer<jsStreamNamesList>?
        var code = jsErrCode(rawValue: 0)
        let status = js_StreamNames(&list, context.raw, nil, &code)
        if status == NATS_NOT_FOUND { return [] }
        try check(status, code: code, "the list of streams")
        guard let list else { return [] }
        defer { jsStreamNamesList_Destroy(list) }
        return (0..<Int(list.pointee.Count)).compactMap { index in
            list.pointee.List[index].map { String(cString: $0) }
        }.sorted()
    }

    public func deleteStream(_ stream: String) throws(NATSFailure) {
        try connection.checkOpen()
        var code = jsErrCode(rawValue: 0)
        try check(js_DeleteStream(context.raw, stream, nil, &code), code: code, "deleting stream \(stream)")
    }

    private static func take(
        _ info: UnsafeMutablePointer<jsStreamInfo>?, _ action: String
    ) throws(NATSFailure) -> StreamInfo {
        guard let info else { throw NATSFailure(.indeterminate, "\(action): no answer") }
        defer { jsStreamInfo_Destroy(info) }
        return StreamInfo(info)
    }
}
