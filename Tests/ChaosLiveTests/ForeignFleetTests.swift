import ChaosFleet
import ChaosLive
import ChaosPlan
import Foundation
import Testing

@Suite struct ForeignFleetTests {
    private func fleet(_ live: String, hosts: [String] = ["A"]) throws -> Fleet {
        let machines = hosts.map {
            "  - { name: \($0), cores: 2 (promise), memory: 2GiB (promise), disk: 64MiB (promise), disk-used: 1% (promise) }\n"
        }.joined()
        let text = """
            gauntlet-fleet: 1
            name: foreign
            local-delay: 100us (promise)
            hosts:
            \(machines)
            profiles:
              any: { time: 1ms (measured), spread: constant, workers: 4 (measured), queue: 64 (measured), startup: 1s (measured), memory: 64MiB (measured) }
            agents:
              - { group: web, host: A, profile: any, members: [ { name: site, port: 8080 } ] }
            stores:
              - { name: db, kind: server, host: \(hosts.last!), port: 5432, profile: any, writes: true }
            \(live)
            """
        let (fleet, problems) = FleetReader.read(text: text, file: "f.yaml")
        return try #require(fleet, "\(problems)")
    }

    private static let attached = """
        live:
          attach:
            site: { pid-file: /run/site.pid }
            db: { port: 5433, start: [ pg_ctl, start ] }
          clients:
            site: { redis: "SET k v", addresses: [ site, db, "A:9000", "10.0.0.1:80" ], expect: OK }
        """

    private static let started = """
        live:
          processes:
            site: { command: [ web, "${address:db}:${port:db}" ] }
            db: { command: [ db ] }
          clients:
            site: { http: /x, addresses: [ db, site ] }
        """

    private func requests(_ kind: String, _ fleet: Fleet) throws -> [FaultTranslation.Request] {
        let fault: Fault =
            switch kind {
            case "kill": .kill
            case "restart": .restart
            case "cpu": .cpu(load: Share(partsPerMillion: 800_000))
            case "disk-fill": .diskFill(to: Share(partsPerMillion: 960_000))
            default: .hostDown(power: false)
            }
        let targets: FaultInstance.Targets =
            ["disk-fill", "host-down"].contains(kind) ? .hosts([0]) : .members([.agent(0), .store(0)])
        let instance = FaultInstance(
            id: "f", faultID: "f", fault: fault, targets: targets, start: .at(0), duration: 1)
        let translation = FaultTranslation(layout: FleetLayout(fleet), capabilities: [:])
        return try translation.requests(for: instance, leader: nil).requests
    }

    @Test("an attached process is selected by its key, and its owner's command starts it")
    func kill() throws {
        let lines = try requests("kill", fleet(Self.attached)).map(\.fault.line)
        #expect(
            lines == [
                #"{"kind":"kill","processes":{"pid-file":"/run/site.pid"}}"#,
                #"{"kind":"kill","processes":{"port":5433},"start":{"command":["pg_ctl","start"]}}"#,
            ])
        let load = try requests("cpu", fleet(Self.attached)).map(\.fault.line)
        #expect(
            load[0]
                == #"{"kind":"cpu","load":"80%","mechanism":"duty-cycle","processes":{"pid-file":"/run/site.pid"}}"#)
    }

    @Test(
        "the host that this runs on is not taken down and its disk not filled", arguments: ["host-down", "disk-fill"])
    func ownHost(kind: String) throws {
        #expect(throws: FaultTranslation.Unsupported.self) { try requests(kind, fleet(Self.attached)) }
    }

    @Test("a name that is no process cannot be killed")
    func noProcess() throws {
        let fleet = try fleet(
            "live: { processes: { db: { command: [ x ] } }, clients: { site: { tcp: true, addresses: [ db ] } } }")
        #expect(throws: FaultTranslation.Unsupported(reason: "site is no process, only what clients ask")) {
            try requests("kill", fleet)
        }
    }

    @Test("a process that we started is held down by its supervisor's file, whosever program it is")
    func started() throws {
        let lines = try requests("kill", fleet(Self.started, hosts: ["A", "B"])).map(\.fault.line)
        #expect(lines[1].contains(#""hold-file":"/fleet/held/db""#))
    }

    private func plan(_ fleet: Fleet) throws -> ClientPlan {
        let order = RunOrder(
            run: "r", seed: 1, startNs: 5, requestInterval: 100_000_000, requestTimeout: 500_000_000,
            messageInterval: 0, stream: "")
        return try #require(ClientPlan(FleetLayout(fleet), order))
    }

    @Test("clients ask where members are: on this host, or in the namespaces that are made")
    func addresses() throws {
        let attached = try plan(fleet(Self.attached))
        #expect(
            attached.addresses(of: 0) == ["127.0.0.1:8080", "127.0.0.1:5433", "127.0.0.1:9000", "10.0.0.1:80"])
        #expect(attached.json.contains(#""command":["SET","k","v"]"#) && attached.json.contains(#""expect":"OK""#))
        let started = try plan(fleet(Self.started, hosts: ["A", "B"]))
        #expect(started.addresses(of: 0) == ["10.77.0.2:5432", "10.77.0.1:8080"])
        #expect(started.json.contains(#""kind":"http""#) && started.json.contains(#""path":"/x""#))
    }

    @Test("a client begins with the address that served it before the run, and its members' names go with it")
    func begin() throws {
        var plan = try plan(fleet(Self.attached))
        #expect(plan.name(1, of: 0) == "db" && plan.name(2, of: 0) == "127.0.0.1:9000")
        plan.begin(0, with: 1)
        #expect(plan.addresses(of: 0) == ["127.0.0.1:5433", "127.0.0.1:9000", "10.0.0.1:80", "127.0.0.1:8080"])
        #expect(plan.name(0, of: 0) == "db" && plan.name(3, of: 0) == "site" && plan.name(4, of: 0) == nil)
    }

    @Test("placeholders stand for the addresses that the fleet gets")
    func placeholders() throws {
        let places = ForeignPlaces(FleetLayout(try fleet(Self.started, hosts: ["A", "B"])))
        #expect(
            places.fill("${address:db} ${address:A} ${port:db} ${disk:db}") == "10.77.0.2 10.77.0.1 5432 /fleet/disk/B")
    }
}
