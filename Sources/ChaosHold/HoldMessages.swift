import ChaosFleet
import ChaosLinux
import FoundationEssentials

/// What a client asks of the holder, or the holder of the first process: one JSON object a line.
struct HoldRequest: Codable {
    enum Operation: String, Codable { case status, down, stop, start }

    var op: Operation
    var process: String?
    /// Replaces the process' environment, for this start and later ones.
    var environment: [String: String]?
    /// Between holder and first process: which answer is whose.
    var id: Int?

    var line: String { HoldJSON.text(self) + "\n" }
}

/// The answer to all that is not answered by a `FleetStatus`.
struct HoldReply: Codable {
    var ok: Bool
    var error: String?
    var hint: String?
    var code: String?
    var id: Int?
    /// Only from the first process: how the fleet is, with the numbers of processes as it knows them.
    var status: FleetStatus?

    init(id: Int? = nil, status: FleetStatus? = nil) {
        ok = true
        self.id = id
        self.status = status
    }

    init(failure: HostError, id: Int? = nil) {
        ok = false
        error = failure.message
        hint = failure.hint.isEmpty ? nil : failure.hint
        code = failure.code.rawValue
        self.id = id
    }

    /// Nil for a success.
    var failure: HostError? {
        guard !ok else { return nil }
        return HostError(
            code.flatMap { HostError.Code(rawValue: $0) } ?? .failed, error ?? "refused without a reason",
            hint: hint ?? "")
    }

    var json: String { HoldJSON.text(self) }
    var line: String { json + "\n" }

    static func read(_ text: String) -> HoldReply? { HoldJSON.read(text) }
}

enum HoldJSON {
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("a value that cannot be encoded") }
        return String(decoding: data, as: UTF8.self)
    }

    static func read<Value: Decodable>(_ text: String) -> Value? {
        try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}
