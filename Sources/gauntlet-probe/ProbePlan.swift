package import ChaosHTTP
package import ChaosPlan
package import FoundationEssentials

/// Clients of a fleet that is not ours, as a file says.
package struct ProbePlan {
    /// CLOCK_BOOTTIME of time zero.
    package var startNs: Int64
    package var stopNs: Nanoseconds?
    package var clients: [Client]

    package struct Client {
        package var subject: Int
        package var schedule: Schedule
        package var timeout: Nanoseconds
        package var target: ProbeTarget
        package var addresses: [Endpoint]
    }

    /// As written.
    private struct File: Decodable {
        struct Client: Decodable {
            var subject: Int
            var kind: String
            var address: String?
            var port: Int?
            var addresses: [String]?
            var path: String?
            var command: [String]?
            var natsSubject: String?
            var intervalNs: Int64
            var phaseNs: Int64?
            var timeoutNs: Int64
            var credentialFile: String?
            var expect: String?
        }

        var startNs: Int64
        var stopNs: Int64?
        var clients: [Client]
    }

    package static func read(_ path: String) throws(TargetError) -> ProbePlan {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TargetError(message: "\(path) cannot be read")
        }
        do throws(TargetError) { return try read(json: data) } catch {
            throw TargetError(message: "\(path): \(error.message)")
        }
    }

    package static func read(json: Data) throws(TargetError) -> ProbePlan {
        let file: File
        do { file = try JSONDecoder().decode(File.self, from: json) } catch {
            throw TargetError(message: "not a plan for probes: \(error)")
        }
        var clients: [Client] = []
        for client in file.clients { clients.append(try check(client)) }
        return ProbePlan(startNs: file.startNs, stopNs: file.stopNs, clients: clients)
    }

    private static func check(_ client: File.Client) throws(TargetError) -> Client {
        func refuse(_ message: String) -> TargetError { TargetError(message: "client \(client.subject): \(message)") }
        guard client.intervalNs > 0, client.timeoutNs > 0, client.phaseNs ?? 0 >= 0 else {
            throw refuse("intervalNs and timeoutNs are above 0, phaseNs is not below")
        }
        func credential() throws(TargetError) -> [String] {
            guard let file = client.credentialFile else { return [] }
            do { return try Credential.read(file) } catch { throw refuse("\(file) does not hold `user password`") }
        }
        let target: ProbeTarget
        switch client.kind {
        case "http":
            let path = client.path ?? "/"
            do throws(TargetError) { try ProbeTarget.check(path: path) } catch { throw refuse(error.message) }
            target = .http(path: path, expect: HTTPExpectation(client.expect))
        case "tcp": target = .tcp
        case "redis":
            let words = client.command ?? ["PING"]
            guard !words.isEmpty else { throw refuse("an empty command") }
            target = .redis(RedisCommand(words: words, credential: try credential(), expect: client.expect))
        case "command":
            guard let words = client.command, !words.isEmpty else { throw refuse("kind command needs a command") }
            target = .command(words)
        case "nats":
            guard
                let request = NATSRequest(
                    subject: client.natsSubject ?? "", credential: try credential(), expect: client.expect)
            else { throw refuse("natsSubject is what to ask") }
            target = .nats(request)
        default: throw refuse("unknown kind `\(client.kind)`; http, tcp, redis, nats or command")
        }
        var texts = client.addresses ?? []
        if let address = client.address, let port = client.port { texts.insert("\(address):\(port)", at: 0) }
        var addresses: [Endpoint] = []
        for text in texts {
            guard let endpoint = Endpoint(text) else {
                throw refuse("`\(text)` is not ADDRESS:PORT with an IPv4 address")
            }
            addresses.append(endpoint)
        }
        if addresses.isEmpty, client.kind != "command" { throw refuse("needs address and port, or addresses") }
        return Client(
            subject: client.subject,
            schedule: .constant(phase: client.phaseNs ?? 0, interval: client.intervalNs), timeout: client.timeoutNs,
            target: target, addresses: addresses)
    }
}
