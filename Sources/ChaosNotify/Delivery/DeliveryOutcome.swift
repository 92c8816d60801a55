/// What an attempt came to.
package enum DeliveryOutcome: Hashable, Sendable {
    case delivered
    /// Worth another attempt, at the earliest after so many milliseconds where the receiver says so.
    case retry(why: String, after: Int64?)
    /// No repetition can help: the receiver understood and refused.
    case refused(why: String)

    package init(_ result: Result<HTTPAnswer, TransportFailure>, secrets: [Secret], now: Int64) {
        switch result {
        case .failure(let failure): self = .retry(why: failure.words, after: nil)
        case .success(let answer):
            let why = "HTTP \(answer.status)" + Self.excerpt(answer.body, secrets: secrets)
            switch answer.status {
            case 200..<300: self = .delivered
            case 300..<400:
                self = .retry(why: "HTTP \(answer.status): redirected; redirects are not followed", after: nil)
            // What an operator can put right under way (a key, an address, a proxy), and what passes by itself.
            case 401, 403, 404, 407, 408, 421, 423, 425, 429:
                self = .retry(why: why, after: answer.retryAfter.flatMap { Timestamp.retryAfter($0, now: now) })
            case 400..<500: self = .refused(why: why)
            default: self = .retry(why: why, after: answer.retryAfter.flatMap { Timestamp.retryAfter($0, now: now) })
            }
        }
    }

    /// The answer's first words, for whoever reads the log; nothing of it where it repeats part of a secret.
    private static func excerpt(_ body: [UInt8], secrets: [Secret]) -> String {
        let text = String(decoding: body.prefix(400), as: UTF8.self)
        for secret in secrets where repeats(text, secret.text) { return "" }
        let shown = text.map { $0.isNewline || $0 == "\t" ? " " : $0 }.filter {
            $0.isASCII && !$0.isNewline && $0 >= " "
        }
        let words = String(shown.prefix(160)).split(separator: " ").joined(separator: " ")
        return words.isEmpty ? "" : ": \(words)"
    }

    /// Whether any eight characters of the secret (or all, of a shorter one) stand in the text.
    private static func repeats(_ text: String, _ secret: String) -> Bool {
        let secret = Array(secret)
        let width = Swift.min(8, secret.count)
        guard width > 0 else { return false }
        return (0...(secret.count - width)).contains { text.contains(String(secret[$0..<$0 + width])) }
    }
}
