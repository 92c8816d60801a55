import ChaosPlan
import Foundation

/// Builds what each kind of receiver expects; a pure function of the message but for the secrets' files.
package struct Payload {
    /// Who speaks.
    let source: String
    /// Milliseconds since 1970: when it is sent.
    let now: Int64

    package init(source: String, now: Int64) {
        self.source = source
        self.now = now
    }

    package func request(_ message: Message, to receiver: Receiver) throws(SecretFile.Fault) -> HTTPRequest {
        switch receiver.kind {
        case .webhook(let address, let secretFile):
            let (url, addressSecret) = try Self.url(address)
            let key: Secret? = if let secretFile { try SecretFile.read(secretFile) } else { nil }
            let body = WebhookPayload.body(message, source: source)
            var request = HTTPRequest(url: url, body: body, secrets: [addressSecret, key].compactMap(\.self))
            request.headers = [("Content-Type", "application/json"), ("Idempotency-Key", message.id)]
            if let key { request.headers += WebhookPayload.signature(body, key: key, now: now) }
            return request
        case .slack(let address):
            let (url, secret) = try Self.url(address)
            return json(url, SlackPayload.body(message, source: source), [secret].compactMap(\.self))
        case .pagerduty(let url, let keyFile):
            let key = try SecretFile.read(keyFile)
            return json(url, PagerDutyPayload.body(message, source: source, routingKey: key), [key])
        case .alertmanager(let url, let hold):
            let root = url.hasSuffix("/") ? String(url.dropLast()) : url
            let body = AlertmanagerPayload.body(message, source: source, now: now, hold: hold / .millisecond)
            return json(root + "/api/v2/alerts", body, [])
        }
    }

    private func json(_ url: String, _ body: [UInt8], _ secrets: [Secret]) -> HTTPRequest {
        HTTPRequest(url: url, headers: [("Content-Type", "application/json")], body: body, secrets: secrets)
    }

    private static func url(_ address: Receiver.Address) throws(SecretFile.Fault) -> (String, Secret?) {
        switch address {
        case .url(let url): return (url, nil)
        case .file(let path):
            let secret = try SecretFile.read(path)
            if let fault = AddressRule.fault(secret.text, carriesSecret: true) {
                throw SecretFile.Fault(
                    message: "\(path): \(AddressRule.withoutAddress(fault))", hint: "write one address, https://…")
            }
            return (secret.text, secret)
        }
    }

    /// Keys in order, so that equal messages are equal bytes.
    static func encode(_ value: some Encodable, isSnakeCase: Bool = true) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isSnakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("a payload of ours could not be encoded")
        }
        return Array(data)
    }

    /// At most so many characters, the last one an ellipsis where something is missing.
    static func cut(_ text: String, to length: Int) -> String {
        text.unicodeScalars.count <= length
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(length - 1))) + "…"
    }
}
