internal import CNATS

/// What went wrong in a call to a broker, and what that means for the caller's data.
public struct NATSFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable {
        /// The broker, or the client on its behalf, said no: the request had no effect.
        case refused
        /// No answer: the request may have had its effect.
        case indeterminate
        /// The broker does not accept the user or the password.
        case unauthorized
        /// No server could be reached.
        case unreachable
        /// The stream, consumer or message is not there.
        case notFound
        /// The client library refuses the call itself.
        case invalid
    }

    public var kind: Kind
    /// JetStream's own number of the error, such as 10058; 0 for none.
    public var code: Int
    public var text: String

    public init(_ kind: Kind, code: Int = 0, _ text: String) {
        self.kind = kind
        self.code = code
        self.text = text
    }

    public var description: String { text }
}

extension NATSFailure {
    /// Of a call that has just failed on this thread.
    init(_ status: natsStatus, code: jsErrCode = jsErrCode(rawValue: 0), doing action: String) {
        let kind: Kind =
            switch status {
            case NATS_CONNECTION_AUTH_FAILED, NATS_NOT_PERMITTED: .unauthorized
            case NATS_NO_SERVER, NATS_IO_ERROR, NATS_NOT_YET_CONNECTED: .unreachable
            case NATS_TIMEOUT, NATS_CONNECTION_CLOSED, NATS_CONNECTION_DISCONNECTED, NATS_STALE_CONNECTION,
                NATS_MISSED_HEARTBEAT, NATS_MISMATCH, NATS_INVALID_SUBSCRIPTION, NATS_SLOW_CONSUMER:
                .indeterminate
            case NATS_NOT_FOUND: .notFound
            case NATS_NO_RESPONDERS: .refused
            case NATS_INVALID_ARG, NATS_INVALID_SUBJECT, NATS_INVALID_TIMEOUT, NATS_ADDRESS_MISSING,
                NATS_MAX_PAYLOAD, NATS_ILLEGAL_STATE:
                .invalid
            default: code.rawValue != 0 ? .refused : .indeterminate
            }
        // The library keeps one text a thread; it may be of an earlier failure, and then says nothing about this one.
        var last = NATS_OK
        let detail = nats_GetLastError(&last).map { String(cString: $0) } ?? ""
        var text = "\(action): \(String(cString: natsStatus_GetText(status)))"
        if last == status, !detail.isEmpty, !text.hasSuffix(detail) { text += " (\(detail))" }
        self.init(kind, code: Int(code.rawValue), text)
    }
}

/// Throws unless the status is `NATS_OK`.
func check(
    _ status: natsStatus, code: jsErrCode = jsErrCode(rawValue: 0), _ action: @autoclosure () -> String
) throws(NATSFailure) {
    guard status == NATS_OK else { throw NATSFailure(status, code: code, doing: action()) }
}
