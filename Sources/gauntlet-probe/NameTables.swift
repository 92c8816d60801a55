package import ChaosHTTP
package import ChaosPlan
package import NIOCore

/// Who answers for an agent, and where.
package struct Route: Hashable, Sendable {
    package var endpoint: Endpoint
    /// Index in the fleet's members.
    package var serving: Int?
}

/// What the hubs say about where agents are, asked in the background: a request costs a look into a table.
package final class NameTables {
    package static let pollInterval = TimeAmount.milliseconds(100)
    package static let pollTimeout: Int64 = 300_000_000
    /// A hub that was silent for so long is not believed while another answers.
    package static let silence = TimeAmount.seconds(1)

    private struct Table {
        var version: String?
        var routes: [Route?] = []
        var heard: NIODeadline?
        /// Polls are numbered; one overtaken by a later answer is dropped.
        var asked = 0
        var answered = 0
    }

    private let eventLoop: any EventLoop
    private let caller: HTTPCaller
    private let hubs: [Endpoint]
    /// By agent: the hub on its host, and where it is before any hub answered.
    private let ownHub: [Int?]
    private let first: [Route]
    private let agents: [String: Int]
    private let members: [String: Int]
    private var tables: [Table]
    private var tickers: [Ticker] = []

    /// - Parameter endpoint: where a member listens; `FleetLayout`'s in a fleet that runs.
    package init(
        _ fleet: Fleet, on eventLoop: any EventLoop, caller: HTTPCaller, endpoint: (Member) -> Endpoint
    ) {
        self.eventLoop = eventLoop
        self.caller = caller
        let members = fleet.members
        let numbers = Dictionary(members.enumerated().map { ($1, $0) }) { first, _ in first }
        self.members = Dictionary(members.enumerated().map { (fleet.name(of: $1), $0) }) { first, _ in first }
        agents = Dictionary(fleet.agents.enumerated().map { ($1.name, $0) }) { first, _ in first }
        hubs = fleet.hubs.indices.map { endpoint(.hub($0)) }
        ownHub = fleet.agents.map { agent in fleet.hubs.firstIndex { $0.host == agent.host } }
        first = fleet.agents.indices.map { Route(endpoint: endpoint(.agent($0)), serving: numbers[.agent($0)]) }
        tables = hubs.map { _ in Table() }
    }

    package func start() {
        for hub in hubs.indices {
            // Not all in one instant.
            let delay = TimeAmount.nanoseconds(Self.pollInterval.nanoseconds * Int64(hub) / Int64(hubs.count))
            tickers.append(
                Ticker(on: eventLoop, after: delay, every: Self.pollInterval) { self.poll(hub) })
        }
    }

    package func stop() {
        for ticker in tickers { ticker.cancel() }
        tickers = []
    }

    package func route(agent: Int, now: NIODeadline = .now()) -> Route {
        guard let table = table(agent: agent, now: now), let route = tables[table].routes[agent] else {
            return first[agent]
        }
        return route
    }

    /// Its own side's, while that answers; else of the others the one heard last; if all are silent, its own side's again.
    private func table(agent: Int, now: NIODeadline) -> Int? {
        let own = ownHub[agent].flatMap { tables[$0].heard == nil ? nil : $0 }
        if let own, isFresh(own, now) { return own }
        var newest: Int?
        for hub in tables.indices {
            guard let heard = tables[hub].heard else { continue }
            if newest == nil || heard > tables[newest!].heard! { newest = hub }
        }
        if let newest, isFresh(newest, now) { return newest }
        return own ?? newest
    }

    private func isFresh(_ hub: Int, _ now: NIODeadline) -> Bool { now - tables[hub].heard! < Self.silence }

    // MARK: Polls

    private func poll(_ hub: Int) {
        tables[hub].asked += 1
        let number = tables[hub].asked
        let path = "/names" + (tables[hub].version.map { "?since=\($0)" } ?? "")
        caller.call(hubs[hub], method: "GET", path: path, timeout: Self.pollTimeout) { outcome in
            guard case .answered(200, let body) = outcome, number > self.tables[hub].answered else { return }
            self.tables[hub].answered = number
            self.take(body, hub)
        }
    }

    private func take(_ body: [UInt8], _ hub: Int) {
        let lines = body.split(separator: UInt8(ascii: "\n"))
        guard let head = lines.first else { return }
        let version = String(decoding: head, as: UTF8.self)
        guard version.allSatisfy({ $0.isASCII && $0.isNumber }) else { return }
        tables[hub].heard = .now()
        if version == tables[hub].version, lines.count == 1 { return }
        var routes = [Route?](repeating: nil, count: first.count)
        for line in lines.dropFirst() {
            let fields = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard fields.count == 3, let agent = agents[String(fields[0])], let endpoint = Endpoint(fields[1]) else {
                continue
            }
            routes[agent] = Route(endpoint: endpoint, serving: members[String(fields[2])])
        }
        tables[hub].version = version
        tables[hub].routes = routes
    }
}
