import ChaosHTTP
import ChaosPlan

/// Learns where names lead as soon as that changes: a hub's answer to a report carries the version of its names, so news is a
/// heartbeat old at most.
final class NameNews: @unchecked Sendable {
    private let caller: HTTPCaller
    private let timeout: Nanoseconds
    /// What is known, and of which hub: another one's versions mean something else, and its names may be others.
    private var known: (hub: Endpoint, version: String)?
    private var isAsking = false
    /// Called with where everybody's name leads.
    var renamed: (@Sendable ([String: Endpoint]) -> Void)?

    init(caller: HTTPCaller, timeout: Nanoseconds) {
        self.caller = caller
        self.timeout = timeout
    }

    /// The agent's present hub has answered a report.
    func heard(version: String, of hub: Endpoint) {
        guard !version.isEmpty, !isAsking else { return }
        if let known, known == (hub, version) { return }
        isAsking = true
        caller.call(hub, method: "GET", path: "/names?since=0", timeout: timeout) { [weak self] outcome in
            guard let self else { return }
            self.isAsking = false
            guard case .answered(200, let body) = outcome else { return }
            self.take(String(decoding: body, as: UTF8.self), of: hub)
        }
    }

    private func take(_ text: String, of hub: Endpoint) {
        let lines = text.split(separator: "\n")
        guard let version = lines.first else { return }
        known = (hub, String(version))
        var names: [String: Endpoint] = [:]
        for line in lines.dropFirst() {
            let words = line.split(separator: " ")
            if words.count == 3, let endpoint = Endpoint(words[1]) { names[String(words[0])] = endpoint }
        }
        renamed?(names)
    }
}
