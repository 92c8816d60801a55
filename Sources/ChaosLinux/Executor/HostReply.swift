import FoundationEssentials

/// What an executor says: one JSON object a line. A reply has `re`, an event `event`.
public struct HostReply: Hashable, Codable, Sendable {
    public struct Failure: Hashable, Codable, Sendable {
        /// A `HostError.Code`.
        public var code: String
        public var message: String
        public var hint: String
    }

    /// A fault in force, in `status`.
    public struct Held: Hashable, Codable, Sendable {
        public var fault: String
        public var kind: String
        public var mechanism: String
        public var evidence: String
        public var effective: Bool
    }

    /// The request's id; absent only where the line shows none.
    public var re: Int?
    /// `expired`, `ended`, `noted`, `proof`, `guardian-lost`.
    public var event: String?
    public var ok: Bool?
    public var error: Failure?

    public var fault: String?
    public var mechanism: String?
    public var evidence: String?
    public var targets: [String]?
    public var effective: Bool?
    /// After a revert: read back and nothing of ours found.
    public var clean: Bool?
    /// In `proof`: whether probes outside the mechanism saw the effect; absent if they could not tell.
    public var proven: Bool?
    public var probes: [ProbeResult]?
    /// CLOCK_BOOTTIME: when the request was read, and when the fault was read back in force (or clean).
    public var commandedNs: Int64?
    public var effectiveNs: Int64?

    // In the reply to `hello`.
    public var version: Int?
    public var host: String?
    public var kernel: String?
    public var bootId: String?
    public var pid: Int32?
    public var leaseNs: Int64?
    /// By fault kind, the mechanisms that serve here, best first.
    public var capabilities: [String: [String]]?

    public var held: [Held]?
    public var load: MachineLoad?

    public init(re: Int? = nil, event: String? = nil, ok: Bool? = nil) {
        self.re = re
        self.event = event
        self.ok = ok
    }

    public static func failure(_ re: Int?, _ error: HostError) -> HostReply {
        var reply = HostReply(re: re, ok: false)
        reply.error = Failure(code: error.code.rawValue, message: error.message, hint: error.hint)
        return reply
    }

    /// With its line end. Keys are snake_case and sorted.
    public var line: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        guard let data = try? encoder.encode(self) else { preconditionFailure("a reply that cannot be encoded") }
        return Array(data) + [10]
    }

    public static func read(_ line: String) throws(HostError) -> HostReply {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(HostReply.self, from: Data(line.utf8))
        } catch {
            throw HostError(.malformed, "not a reply of an executor: \(line.prefix(200))")
        }
    }
}
