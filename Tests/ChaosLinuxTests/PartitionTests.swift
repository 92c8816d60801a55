import ChaosLinux
import Foundation
import Testing

/// Partitions through nftables on hosts made for the test, judged by traffic and by the program `nft`.
@Suite(
    .enabled(if: Privilege.isThere, Privilege.reason),
    .enabled(if: NftSupport.current.missing == nil, "needs nftables in this kernel"), .serialized)
struct PartitionTests {
    private let fabric: TestFabric
    private var a: TestHost { fabric.hosts[0] }
    private var b: TestHost { fabric.hosts[1] }

    init() throws {
        fabric = try TestFabric()
        // Link-local addresses come to be a second later, which a fingerprint would see.
        for host in fabric.hosts { try host.run("ip", "-6", "addr", "flush", "dev", "eth0") }
    }

    private func inject(_ host: HostProcess, _ keys: String = "", id: String = "f1") throws -> HostReply {
        let reply = try host.inject(
            #""id":"\#(id)","kind":"partition","mechanism":"nftables","peers":["\#(b.address)"]\#(keys)"#)
        #expect(reply.ok == true, "\(String(describing: reply.error))")
        return reply
    }

    /// A rule set and a qdisc that are not ours.
    private func placeForeign() throws {
        try a.run(
            "nft",
            "add table inet gauntlet-of-others { chain input { type filter hook input priority 5 ; counter ; } ; }")
        try a.run("nft", "add table ip filter { chain forward { type filter hook forward priority 0 ; } ; }")
        try a.run(
            "tc", "qdisc", "add", "dev", "eth0", "root", "handle", "77:", "tbf", "rate", "1gbit", "burst", "64k",
            "limit", "1m")
    }

    private func rules() throws -> String { try a.run("nft", "-s", "list", "ruleset").output }

    @Test func aPartitionSilencesBothWaysAndIsGoneAfterTheRevert() throws {
        try placeForeign()
        let before = try a.fingerprint()
        let foreign = try rules()
        let host = try HostProcess(in: a)
        let here = try a.udp(port: 4_001)
        let there = try b.udp(port: 4_001)
        let listener = try b.listen(port: 4_002)
        #expect(try a.connect(to: b.address, port: 4_002) == .connected)
        let reply = try inject(host)
        #expect(reply.mechanism == "nftables")
        #expect(reply.effective == true)
        #expect(reply.targets == [b.address])
        #expect(here.send(3, to: b.address, port: 4_001) == [], "the sender sees nothing")
        #expect(there.send(3, to: a.address, port: 4_001) == [])
        #expect(there.received() == 0)
        #expect(here.received() == 0)
        #expect(try a.connect(to: b.address, port: 4_002) == .silence)
        #expect(try !b.reaches(a))
        #expect(try rules().contains("table inet gauntlet-test-f1"))
        let held = try #require(try host.ask(#""op":"status""#).held?.first)
        #expect(held.effective)
        #expect(!held.evidence.contains(" 0 packets hit"))
        #expect(try host.revert("f1").clean == true)
        #expect(here.send(1, to: b.address, port: 4_001) == [])
        #expect(there.received() == 1)
        #expect(try a.connect(to: b.address, port: 4_002) == .connected)
        #expect(try rules() == foreign)
        // Counters of the foreign chain have moved; all else is as it was.
        func still(_ text: String) -> String {
            text.replacing(#/packets \d+ bytes \d+/#, with: "").replacing(#/\[\d+:\d+\]/#, with: "")
        }
        let after = try a.fingerprint()
        let changed = Set(still(after).split(separator: "\n")).symmetricDifference(still(before).split(separator: "\n"))
        #expect(changed == [])
        _ = listener
    }

    @Test(arguments: ["in", "out"])
    func oneWayLeavesTheOtherOpen(direction: String) throws {
        let host = try HostProcess(in: a)
        let here = try a.udp(port: 4_001)
        let there = try b.udp(port: 4_001)
        _ = try inject(host, #","direction":"\#(direction)""#)
        #expect(here.send(5, to: b.address, port: 4_001) == [], "the sender sees nothing")
        #expect(there.send(5, to: a.address, port: 4_001) == [])
        #expect(there.received() == (direction == "in" ? 5 : 0))
        #expect(here.received() == (direction == "out" ? 5 : 0))
    }

    @Test(arguments: ["in", "out", "both"])
    func rejectRefusesAtOnce(direction: String) throws {
        let host = try HostProcess(in: a)
        let ours = try a.listen(port: 4_002)
        let theirs = try b.listen(port: 4_002)
        _ = try inject(host, #","mode":"reject","direction":"\#(direction)""#)
        if direction != "in" { #expect(try a.connect(to: b.address, port: 4_002, within: 2_000) == .refused) }
        if direction != "out" { #expect(try b.connect(to: a.address, port: 4_002, within: 2_000) == .refused) }
        #expect(try host.revert("f1").clean == true)
        #expect(try a.connect(to: b.address, port: 4_002) == .connected)
        #expect(try b.connect(to: a.address, port: 4_002) == .connected)
        _ = (ours, theirs)
    }

    @Test func portAndProtocolNarrowIt() throws {
        let host = try HostProcess(in: a)
        let listeners = try [4_002, 4_003].map { try b.listen(port: $0) }
        let here = try a.udp()
        let there = try [4_002, 4_003].map { try b.udp(port: $0) }
        _ = try inject(host, #","protocol":"tcp","port":4002"#)
        #expect(try a.connect(to: b.address, port: 4_002) == .silence)
        #expect(try a.connect(to: b.address, port: 4_003) == .connected)
        #expect(here.send(2, to: b.address, port: 4_002) == [])
        #expect(there[0].received() == 2)
        #expect(try host.revert("f1").clean == true)
        _ = try inject(host, #","protocol":"udp","port":4002"#)
        #expect(try a.connect(to: b.address, port: 4_002) == .connected)
        #expect(here.send(2, to: b.address, port: 4_002) == [])
        #expect(here.send(2, to: b.address, port: 4_003) == [])
        #expect(there[0].received() == 0)
        #expect(there[1].received() == 2)
        _ = listeners
    }

    @Test func localPortInterfaceAndLocalAddressNarrowIt() throws {
        let host = try HostProcess(in: a)
        let here = try [4_001, 4_002].map { try a.udp(port: $0) }
        let there = try b.udp(port: 4_001)
        _ = try inject(
            host,
            #","direction":"in","protocol":"udp","local-port":4001,"interface":"eth0","local":["\#(a.address)"]"#)
        for port: UInt16 in [4_001, 4_002] { #expect(there.send(2, to: a.address, port: port) == []) }
        #expect(here[0].received() == 0)
        #expect(here[1].received() == 2)
        #expect(try host.revert("f1").clean == true)
        _ = try inject(host, #","direction":"in","interface":"lo""#)
        #expect(there.send(2, to: a.address, port: 4_001) == [])
        #expect(here[0].received() == 2)
    }

    @Test func onlyOneUsersFlowsMayBeHit() throws {
        let host = try HostProcess(in: a)
        let there = try b.udp(port: 4_001)
        let listener = try b.listen(port: 4_002)
        // The test's own sockets are root's.
        _ = try inject(host, #","direction":"out","user":65534"#)
        #expect(try a.udp().send(2, to: b.address, port: 4_001) == [])
        #expect(there.received() == 2)
        #expect(try a.connect(to: b.address, port: 4_002) == .connected)
        #expect(try host.revert("f1").clean == true)
        _ = try inject(host, #","direction":"out","user":0"#)
        #expect(try a.udp().send(2, to: b.address, port: 4_001) == [])
        #expect(there.received() == 0)
        #expect(try a.connect(to: b.address, port: 4_002) == .silence)
        _ = listener
    }

    @Test func aPrefixHoldsItsAddresses() throws {
        let host = try HostProcess(in: a)
        let reply = try host.inject(
            #""id":"f1","kind":"partition","mechanism":"nftables","peers":["10.77.0.0/28","10.99.0.0/16"],"direction":"in""#
        )
        #expect(reply.ok == true, "\(String(describing: reply.error))")
        #expect(try !b.reaches(a))
        #expect(try host.revert("f1").clean == true)
        #expect(
            try host.inject(
                #""id":"f1","kind":"partition","mechanism":"nftables","peers":["10.77.0.16/28"],"direction":"in""#
            ).ok == true)
        #expect(try b.reaches(a))
    }

    @Test func v6IsCutAsV4IsAndNeighboursStayKnown() throws {
        for (host, address) in [(a, "fd77::1/64"), (b, "fd77::2/64")] {
            try host.run("ip", "-6", "addr", "add", address, "dev", "eth0", "nodad")
        }
        let host = try HostProcess(in: a)
        let here = try a.udp("fd77::1", port: 4_001)
        let there = try b.udp("fd77::2", port: 4_001)
        let listener = try b.listen("fd77::2", port: 4_002)
        #expect(try a.connect(to: "fd77::2", port: 4_002, within: 2_000) == .connected)
        let reply = try host.inject(#""id":"f1","kind":"partition","mechanism":"nftables","peers":["fd77::/64"]"#)
        #expect(reply.ok == true, "\(String(describing: reply.error))")
        try a.run("ip", "-6", "neigh", "flush", "dev", "eth0")
        #expect(here.send(2, to: "fd77::2", port: 4_001) == [])
        #expect(there.send(2, to: "fd77::1", port: 4_001) == [])
        #expect(there.received() == 0)
        #expect(here.received() == 0)
        #expect(try a.connect(to: "fd77::2", port: 4_002) == .silence)
        #expect(try b.reaches(a), "v4 is not meant")
        #expect(try host.revert("f1").clean == true)
        #expect(try a.connect(to: "fd77::2", port: 4_002, within: 2_000) == .connected)
        _ = listener
    }

    @Test func theControlFlowGoesOnThroughThePartition() throws {
        let listener = try b.listen(port: 4_022)
        let other = try b.listen(port: 4_023)
        let host = try HostProcess(in: a, hello: #","control":["\#(b.address):4022"]"#)
        for mode in ["drop", "reject"] {
            _ = try inject(host, #","mode":"\#(mode)""#)
            #expect(try a.connect(to: b.address, port: 4_022) == .connected)
            #expect(try a.connect(to: b.address, port: 4_023) == (mode == "drop" ? .silence : .refused))
            #expect(try host.revert("f1").clean == true)
        }
        _ = (listener, other)
    }

    @Test func anInterfaceThatCameLaterIsNoWayOut() throws {
        let host = try HostProcess(in: a)
        _ = try inject(host, #","direction":"out""#)
        try a.run("ip", "link", "add", "later0", "type", "veth", "peer", "name", "later1")
        try a.run("ip", "link", "set", "later0", "up")
        try a.run("ip", "link", "set", "later1", "up")
        try a.run("ip", "route", "replace", "\(b.address)/32", "dev", "later0")
        #expect(try a.udp().send(2, to: b.address, port: 4_001) == [EPERM, EPERM])
        #expect(try host.revert("f1").clean == true)
    }

    @Test func aRouterCutsWhatItForwards() throws {
        // b reaches a's second network through a.
        try Shell.must("ip", "netns", "add", "\(a.name)r")
        defer { _ = try? Shell.run(["ip", "netns", "del", "\(a.name)r"]) }
        try Shell.must(
            "ip", "-n", a.name, "link", "add", "far0", "type", "veth", "peer", "name", "eth0", "netns", "\(a.name)r")
        try Shell.must("ip", "-n", a.name, "addr", "add", "10.78.0.1/24", "dev", "far0")
        try Shell.must("ip", "-n", a.name, "link", "set", "far0", "up")
        try Shell.must("ip", "-n", "\(a.name)r", "addr", "add", "10.78.0.2/24", "dev", "eth0")
        try Shell.must("ip", "-n", "\(a.name)r", "link", "set", "eth0", "up")
        try Shell.must("ip", "-n", "\(a.name)r", "route", "add", "default", "via", "10.78.0.1")
        try a.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        try b.run("ip", "route", "add", "10.78.0.0/24", "via", a.address)
        func crosses() throws -> Bool { try b.run("ping", "-c", "2", "-i", "0.05", "-W", "0.3", "10.78.0.2").code == 0 }
        #expect(try crosses())
        let host = try HostProcess(in: a)
        _ = try inject(host, #","place":"forward","local":["10.78.0.0/24"]"#)
        #expect(try !crosses())
        #expect(try b.reaches(a), "the router itself is no end of it")
        #expect(try host.revert("f1").clean == true)
        #expect(try crosses())
    }

    @Test func aBridgeCutsWhatItPassesOn() throws {
        let ends = ["1", "2"].map { "\(a.name)p\($0)" }
        defer { for end in ends { _ = try? Shell.run(["ip", "netns", "del", end]) } }
        try Shell.must("ip", "-n", a.name, "link", "add", "br0", "type", "bridge")
        try Shell.must("ip", "-n", a.name, "link", "set", "br0", "up")
        for (index, end) in ends.enumerated() {
            try Shell.must("ip", "netns", "add", end)
            try Shell.must(
                "ip", "-n", a.name, "link", "add", "p\(index)", "type", "veth", "peer", "name", "eth0", "netns", end)
            try Shell.must("ip", "-n", a.name, "link", "set", "p\(index)", "master", "br0", "up")
            try Shell.must("ip", "-n", end, "addr", "add", "10.79.0.\(index + 1)/24", "dev", "eth0")
            try Shell.must("ip", "-n", end, "link", "set", "eth0", "up")
        }
        func crosses() throws -> Bool {
            try Shell.run([
                "ip", "netns", "exec", ends[0], "ping", "-c", "3", "-i", "0.05", "-W", "0.3", "10.79.0.2",
            ]).code == 0
        }
        #expect(try crosses())
        let host = try HostProcess(in: a)
        let reply = try host.inject(
            #""id":"f1","kind":"partition","mechanism":"nftables","place":"forward","peers":["10.79.0.1"],"local":["10.79.0.2"]"#
        )
        #expect(reply.ok == true, "\(String(describing: reply.error))")
        #expect(reply.evidence?.contains("table bridge gauntlet-test-f1") == true)
        #expect(try !crosses())
        #expect(try host.revert("f1").clean == true)
        #expect(try crosses())
    }

    @Test func withoutThePrivilegeTheErrorSaysSo() throws {
        let state = try TemporaryDirectory()
        let requests = [
            #"{"op":"hello","id":1,"version":1,"run":"test"}"#,
            #"{"op":"inject","id":2,"fault":{"id":"f1","kind":"partition","peers":["\#(b.address)"]}}"#,
        ].map { "'\($0)'" }.joined(separator: " ")
        let output = try a.run(
            "sh", "-c",
            """
            printf '%s\\n' \(requests) | setpriv --bounding-set=-net_admin \
            \(HostProcess.executable) --state \(state.path)/state --durable \(state.path)/durable
            """
        ).output
        let reply = try #require(
            output.split(separator: "\n").compactMap { try? HostReply.read(String($0)) }.first { $0.re == 2 },
            "\(output)")
        #expect(reply.error?.code == "privilege")
        #expect(reply.error?.hint.contains("CAP_NET_ADMIN") == true)
    }

    @Test func killingTheExecutorTakesItBackWithinASecond() throws {
        let before = try a.fingerprint()
        let host = try HostProcess(in: a)
        _ = try inject(host)
        host.crash()
        let killed = Date()
        while try rules().contains("gauntlet"), Date().timeIntervalSince(killed) < 5 { usleep(1_000) }
        #expect(Date().timeIntervalSince(killed) < 1)
        #expect(try a.reaches(b))
        #expect(try a.fingerprint() == before)
        // The guardian pays the record.
        #expect(host.owesNothing())
    }

    @Test func theEndOfItsInputTakesItBack() throws {
        let before = try a.fingerprint()
        let host = try HostProcess(in: a)
        _ = try inject(host)
        host.closeInput()
        #expect(try host.ended() == 0)
        #expect(try a.fingerprint() == before)
        #expect(host.records == [])
    }

    @Test func aHangOfExecutorAndGuardianEndsWithTheLease() throws {
        let host = try HostProcess(in: a, lease: "500ms")
        let here = try a.udp()
        let there = try b.udp(port: 4_001)
        _ = try inject(host)
        let executor = host.process.processIdentifier
        let guardian = try #require(host.guardian)
        for process in [guardian, executor] { kill(process, SIGSTOP) }
        defer { for process in [executor, guardian] { kill(process, SIGKILL) } }
        #expect(here.send(1, to: b.address, port: 4_001) == [])
        #expect(there.received() == 0)
        // Lease and grace are 0.7 s.
        let limit = Date().addingTimeInterval(5)
        var came = 0
        while came == 0, Date() < limit {
            _ = here.send(1, to: b.address, port: 4_001)
            came = there.received()
        }
        #expect(came > 0)
        #expect(try rules().contains("table inet gauntlet-test-f1"), "the table still stands: its elements have gone")
    }

    @Test func renewingHoldsItPastTheFirstLease() throws {
        let host = try HostProcess(in: a, lease: "400ms")
        let here = try a.udp()
        let there = try b.udp(port: 4_001)
        _ = try inject(host)
        for _ in 0..<10 {
            #expect(try host.ask(#""op":"renew""#).ok == true)
            usleep(120_000)
            #expect(here.send(1, to: b.address, port: 4_001) == [])
        }
        #expect(there.received() == 0)
        let held = try #require(try host.ask(#""op":"status""#).held?.first)
        #expect(held.effective)
        #expect(try host.event("expired").clean == true)
        #expect(here.send(1, to: b.address, port: 4_001) == [])
        #expect(there.received() == 1)
    }

    @Test func aBadRequestIsOneErrorAndChangesNothing() throws {
        try a.run("nft", "add", "table", "inet", "gauntlet-test-taken")
        let before = try a.fingerprint()
        let host = try HostProcess(in: a)
        let wrong: [(keys: String, code: String, says: String)] = [
            (#""id":"f1","peers":["10.77.0.2"],"interface":"eth9""#, "missing", "eth9"),
            (#""id":"f1","peers":["10.77.0.2"],"mechanism":"nftable""#, "unknown", "nftable"),
            (#""id":"f1","peers":["10.77.0.300"]"#, "malformed", "10.77.0.300"),
            (#""id":"f1","peers":[]"#, "malformed", "peers"),
            (#""id":"f1","peers":["10.77.0.2"],"port":80"#, "malformed", "protocol"),
            (#""id":"f1","peers":["10.77.0.2"],"mode":"vanish""#, "malformed", "vanish"),
            (#""id":"f1","peers":["fd77::2"],"local":["10.77.0.1"]"#, "malformed", "family"),
            (#""id":"taken","peers":["10.77.0.2"]"#, "busy", "gauntlet-test-taken"),
        ]
        for (keys, code, says) in wrong {
            try expectRefusal(host, #""kind":"partition",\#(keys)"#, code, says)
        }
        #expect(try a.fingerprint() == before)
    }

    @Test func twoPartitionsHoldAndGoEachForItself() throws {
        let host = try HostProcess(in: a)
        let here = try a.udp()
        let there = try [4_001, 4_002].map { try b.udp(port: $0) }
        _ = try inject(host, #","protocol":"udp","port":4001"#, id: "f1")
        _ = try inject(host, #","protocol":"udp","port":4002"#, id: "f2")
        #expect(try host.revert("f1").clean == true)
        for port: UInt16 in [4_001, 4_002] { #expect(here.send(1, to: b.address, port: port) == []) }
        #expect(there[0].received() == 1)
        #expect(there[1].received() == 0)
    }

    @Test func aWholeFleetIsCutOffInOneTransaction() throws {
        let host = try HostProcess(in: a)
        let peers = (1...40).map { "\"10.90.0.\($0)\"" }.joined(separator: ",")
        let local = (1...37).map { "\"10.91.0.\($0)\"" }.joined(separator: ",")
        let reply = try host.inject(
            #""id":"f1","kind":"partition","mechanism":"nftables","direction":"in","peers":[\#(peers)],"local":[\#(local)]"#
        )
        #expect(reply.ok == true)
        #expect(reply.evidence?.contains("40 × 37 addresses") == true)
        let took = try #require(reply.effectiveNs) - #require(reply.commandedNs)
        #expect(took < 500_000_000)
        print("37 × 40 addresses effective after \(took / 1_000) µs")
        #expect(try rules().contains("gauntlet-test-f1"))
    }
}
