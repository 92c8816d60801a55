internal import CNATS
import Dispatch
import FoundationEssentials

/// A stream's confirmation that it holds a message.
public struct PublishAcknowledgement: Hashable, Sendable {
    public var stream: String
    public var sequence: UInt64
    /// The stream had it already, by its message id; the sequence is that of the first.
    public var isDuplicate: Bool
    /// The JetStream domain; empty for none.
    public var domain: String

    public init(stream: String, sequence: UInt64, isDuplicate: Bool, domain: String) {
        self.stream = stream
        self.sequence = sequence
        self.isDuplicate = isDuplicate
        self.domain = domain
    }
}

/// `refused`: certainly not stored; `indeterminate`: nobody knows.
public typealias PublishOutcome = Result<PublishAcknowledgement, NATSFailure>

extension NATSConnection {
    /// Hands a message to the connection and returns; the outcome comes once, on a thread of the library's (or, when the message
    /// could not even be handed over, on the caller's). May block while the peer's socket takes nothing.
    ///
    /// - Parameters:
    ///   - messageID: a stream stores one message of an id within its duplicate window; empty for none.
    ///   - timeout: milliseconds; then the outcome is indeterminate.
    public func publish(
        _ payload: [UInt8], to subject: String, messageID: String = "", timeout: Int64 = 5000,
        completion: @escaping @Sendable (PublishOutcome) -> Void
    ) {
        do throws(NATSFailure) {
            try checkOpen()
            // The library would keep the message for a later connection, behind our back.
            guard isConnected else { throw NATSFailure(.refused, "not connected") }
            let token = box.wait(completion)
            do throws(NATSFailure) {
                let message = try OutgoingMessage(subject: subject, reply: "\(answers).\(token)", payload: payload)
                if !messageID.isEmpty { try message.set("Nats-Msg-Id", messageID) }
                try check(natsConnection_PublishMsg(handle.raw, message.raw), "publishing to \(subject)")
            } catch {
                box.abandon(token)
                throw error
            }
            Self.timeouts.asyncAfter(deadline: .now() + .milliseconds(Int(timeout))) { [weak box] in
                box?.finish(token, .failure(NATSFailure(.indeterminate, "no answer within \(timeout) ms")))
            }
        } catch { completion(.failure(error)) }
    }

    private static let timeouts = DispatchQueue(label: "nats.publish.timeouts")

    /// Sends a request and waits for its answer, for `timeout` milliseconds at most.
    public func request(_ payload: [UInt8], to subject: String, timeout: Int64) throws(NATSFailure) -> NATSMessage {
        try checkOpen()
        var answer: OpaquePointer?
        let status = payload.withUnsafeBytes {
            natsConnection_Request(&answer, handle.raw, subject, $0.baseAddress, Int32($0.count), timeout)
        }
        try check(status, "asking \(subject)")
        guard let answer else { throw NATSFailure(.indeterminate, "asking \(subject): no answer") }
        defer { natsMsg_Destroy(answer) }
        return NATSMessage(answer)
    }

    /// Sends without asking for anything.
    public func send(_ payload: [UInt8], to subject: String) throws(NATSFailure) {
        try checkOpen()
        let status = payload.withUnsafeBytes {
            natsConnection_Publish(handle.raw, subject, $0.baseAddress, Int32($0.count))
        }
        try check(status, "sending to \(subject)")
    }

    /// Waits until the server has taken everything sent so far, for `timeout` milliseconds at most.
    public func flush(timeout: Int64) throws(NATSFailure) {
        try checkOpen()
        try check(natsConnection_FlushTimeout(handle.raw, timeout), "flushing")
    }
}

/// A message on its way out.
private struct OutgoingMessage: ~Copyable {
    let raw: OpaquePointer

    init(subject: String, reply: String, payload: [UInt8]) throws(NATSFailure) {
        var made: OpaquePointer?
        let status = payload.withUnsafeBytes { bytes in
            natsMsg_Create(
                &made, subject, reply, bytes.assumingMemoryBound(to: CChar.self).baseAddress, Int32(bytes.count))
        }
        try check(status, "a message to \(subject)")
        guard let made else { throw NATSFailure(.invalid, "a message to \(subject): none") }
        raw = made
    }

    deinit { natsMsg_Destroy(raw) }

    func set(_ header: String, _ value: String) throws(NATSFailure) {
        try check(natsMsgHeader_Set(raw, header, value), "header \(header)")
    }
}

extension ConnectionBox {
    /// An answer to a publish; its subject's last word is the token.
    func answered(_ message: OpaquePointer) {
        let subject = natsMsg_GetSubject(message).map { String(cString: $0) } ?? ""
        guard let token = subject.split(separator: ".").last.flatMap({ UInt64($0) }) else { return }
        if natsMsg_IsNoResponders(message) {
            return finish(token, .failure(NATSFailure(.refused, "no stream takes this subject now (no responders)")))
        }
        finish(token, PublishAnswer.outcome(NATSMessage.payload(of: message)))
    }
}

/// The JSON with which a stream answers a publish.
package struct PublishAnswer: Decodable {
    struct Problem: Decodable {
        var code: Int?
        var number: Int?
        var description: String?

        enum CodingKeys: String, CodingKey {
            case code, description
            case number = "err_code"
        }
    }

    var stream: String?
    var seq: UInt64?
    var duplicate: Bool?
    var domain: String?
    var error: Problem?

    package static func outcome(_ payload: [UInt8]) -> PublishOutcome {
        guard let answer = try? JSONDecoder().decode(PublishAnswer.self, from: Data(payload)) else {
            return .failure(NATSFailure(.indeterminate, "the answer is none of a stream"))
        }
        if let problem = answer.error {
            let text = problem.description ?? "error \(problem.code ?? 0)"
            return .failure(NATSFailure(.refused, code: problem.number ?? 0, "the stream refuses it: \(text)"))
        }
        guard let stream = answer.stream, let sequence = answer.seq, sequence > 0 else {
            return .failure(NATSFailure(.indeterminate, "the answer names no stream and sequence"))
        }
        return .success(
            PublishAcknowledgement(
                stream: stream, sequence: sequence, isDuplicate: answer.duplicate ?? false,
                domain: answer.domain ?? ""))
    }
}
