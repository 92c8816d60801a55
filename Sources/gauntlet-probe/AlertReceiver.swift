import ChaosFleet
package import ChaosHTTP
import FoundationEssentials

/// One message of an Alertmanager: from a request to lines and an answer.
package enum AlertReceiver {
    /// Of a message, in bytes: some thousand alerts.
    package static let largestMessage = 1 << 20

    package static func receive(_ request: HTTPRequest, now: Int64) -> (lines: [String], response: HTTPResponse) {
        guard request.method == "POST" else {
            return ([], HTTPResponse(status: 405, text: "alerts are posted\n"))
        }
        guard request.body.count <= largestMessage else {
            return refuse(413, "a message of \(request.body.count) bytes, more than \(largestMessage)")
        }
        let message: Message
        do { message = try JSONDecoder().decode(Message.self, from: Data(request.body)) } catch {
            return refuse(400, "a message that is none of an Alertmanager: \(reason(error))")
        }
        guard message.version == "4" else {
            return refuse(400, "a message of version \(message.version); only 4 is known")
        }
        var lines: [String] = []
        for alert in message.alerts {
            guard let name = alert.labels["alertname"], !name.isEmpty else {
                return refuse(400, "an alert without an alertname")
            }
            guard alert.status == "firing" || alert.status == "resolved" else {
                return refuse(400, "an alert that is neither firing nor resolved: \(name)")
            }
            let labels = alert.labels.filter { $0.key != "alertname" }.map { "\($0.key)=\($0.value)" }.sorted()
            lines.append(
                AlertLine(
                    time: now, isFiring: alert.status == "firing", name: name, labels: labels,
                    startsAt: alert.startsAt ?? ""
                ).text)
        }
        return (lines, HTTPResponse(text: "ok\n"))
    }

    /// The format of Alertmanager's webhooks; what else it holds is for people.
    private struct Message: Decodable {
        struct Alert: Decodable {
            var status: String
            var labels: [String: String]
            var startsAt: String?
        }

        var version: String
        var alerts: [Alert]
    }

    private static func refuse(_ status: Int, _ text: String) -> (lines: [String], response: HTTPResponse) {
        let plain = String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
        return (["e\t\(plain)"], HTTPResponse(status: status, text: plain + "\n"))
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "no \(key.stringValue)"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is of another kind"
        default: "no JSON"
        }
    }
}
