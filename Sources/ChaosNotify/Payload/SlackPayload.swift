/// Slack's incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (`text` as the
/// fallback beside `blocks`), https://docs.slack.dev/reference/block-kit/blocks/header-block (at most 150 characters),
/// …/section-block (3000), https://docs.slack.dev/messaging/formatting-message-text (`&`, `<` and `>` are escaped).
enum SlackPayload {
    static func body(_ message: Message, source: String) -> [UInt8] {
        let event = message.event
        var lines = message.lines
        if let score = event.score, let coverage = event.coverage {
            lines.append("score \(Quantity.tenths(score)), coverage \(Quantity.tenths(coverage)) %")
        }
        if let directory = event.directory { lines.append("report \(directory)") }
        var blocks = [
            Block(type: "header", text: Text(type: "plain_text", text: Payload.cut(message.headline, to: 150)))
        ]
        // Cut before escaping, so that no escape is cut in two; five characters are the longest escape.
        var body = lines.map { escaped(Payload.cut($0, to: 500)) }.joined(separator: "\n")
        if let replay = event.replay {
            body += (body.isEmpty ? "" : "\n") + "`\(escaped(Payload.cut(replay, to: 300)))`"
        }
        if !body.isEmpty {
            blocks.append(Block(type: "section", text: Text(type: "mrkdwn", text: fitted(body, to: 3000))))
        }
        // Slack has no deduplication: the id shows a repetition for what it is.
        let foot = escaped("\(source) · \(Timestamp.rfc3339(message.time)) · \(message.id)")
        blocks.append(Block(type: "context", elements: [Text(type: "mrkdwn", text: foot)]))
        return Payload.encode(Record(text: escaped(Payload.cut(message.headline, to: 600)), blocks: blocks))
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            default: out.append(character)
            }
        }
        return out
    }

    /// Whole lines only.
    private static func fitted(_ text: String, to length: Int) -> String {
        if text.unicodeScalars.count <= length { return text }
        var kept: [Substring] = []
        var used = 2
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            used += line.unicodeScalars.count + 1
            if used > length { break }
            kept.append(line)
        }
        return (kept + ["…"]).joined(separator: "\n")
    }

    private struct Record: Encodable {
        var text: String
        var blocks: [Block]
    }

    private struct Block: Encodable {
        var type: String
        var text: Text?
        var elements: [Text]?
    }

    private struct Text: Encodable {
        var type: String
        var text: String
    }

    private enum Quantity {
        static func tenths(_ value: Double) -> String {
            let tenths = Int((value * 10).rounded())
            return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
        }
    }
}
