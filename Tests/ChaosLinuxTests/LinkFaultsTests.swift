import ChaosLinux
import Foundation
import Testing

/// What the tests of links measure with: programs that know nothing of this harness.
enum LinkProbe {
    static let missing: String? = {
        if let missing = Privilege.missing { return missing }
        let python = try? Shell.run(["python3", "-c", "import socket"])
        return python?.code == 0 ? nil : "needs python3"
    }()

    static let hasNetem: Bool = {
        guard Privilege.isThere else { return false }
        let name = "gtnetem\(getpid())"
        _ = try? Shell.run(["ip", "netns", "add", name])
        defer { _ = try? Shell.run(["ip", "netns", "del", name]) }
        return (try? Shell.run(["tc", "-n", name, "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]))?.code
            == 0
    }()

    /// `.ci/kernel` boots a kernel that must have it.
    static let mustHaveNetem = getenv("GAUNTLET_NEEDS_NETEM") != nil

    private static let receiver = """
        import socket, sys, time
        server = socket.create_server(('', int(sys.argv[1])))
        flow, _ = server.accept()
        count, begin = 0, None
        while True:
            data = flow.recv(1 << 16)
            if begin is None: begin = time.monotonic()
            if not data: break
            count += len(data)
        print(count / max(time.monotonic() - begin, 1e-6))
        """

    private static let sender = """
        import socket, sys, time
        for attempt in range(500):
            try:
                flow = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
                break
            except ConnectionRefusedError: time.sleep(0.02)
        flow.sendall(bytes(int(sys.argv[3])))
        flow.close()
        """

    /// Bytes a second of one TCP transfer, as its receiver saw them.
    static func transfer(from: TestHost, to: TestHost, port: Int, bytes: Int) throws -> Double {
        let script = """
            ip netns exec "$2" python3 -c "$3" "$6" & receiver=$!
            timeout 20 ip netns exec "$1" python3 -c "$4" "$5" "$6" "$7" || kill $receiver
            wait $receiver
            """
        let result = try Shell.run([
            "bash", "-c", script, "bash", from.name, to.name, receiver, sender, to.address, String(port), String(bytes),
        ])
        return try #require(
            Double(result.output.trimmingCharacters(in: .whitespacesAndNewlines)), "\(result.output)")
    }
}

@Suite(.enabled(if: LinkProbe.missing == nil, Comment(rawValue: LinkProbe.missing ?? "")), .serialized)
struct LinkFaultsTests {
    private let fabric: TestFabric
    private var near: TestHost { fabric.hosts[0] }
    private var far: TestHost { fabric.hosts[1] }
    private let limit = 2.0 * 1_048_576

    init() throws { fabric = try TestFabric() }

    private func bandwidth(_ more: String = "") -> String {
        #""id":"slow","kind":"bandwidth","limit":"2MiB/s","peers":["\#(far.address)"]"# + more
    }

    @Test(arguments: ["tbf", "htb"])
    func onlyTheMeantFlowsAreLimited(mechanism: String) throws {
        let before = try near.fingerprint()
        let host = try HostProcess(in: near, lease: "20s")
        let reply = try host.inject(
            bandwidth(#","direction":"out","protocol":"tcp","port":9001,"mechanism":"\#(mechanism)""#))
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(reply.mechanism == mechanism)
        #expect(reply.targets == ["eth0"])
        let limited = try LinkProbe.transfer(from: near, to: far, port: 9001, bytes: 3 << 20)
        #expect((limit * 0.6...limit * 1.15).contains(limited), "\(limited)")
        #expect(try LinkProbe.transfer(from: near, to: far, port: 9002, bytes: 8 << 20) > limit * 3)
        #expect(try host.revert("slow").clean == true)
        #expect(try near.fingerprint() == before)
        #expect(host.records == [])
        #expect(try LinkProbe.transfer(from: near, to: far, port: 9001, bytes: 8 << 20) > limit * 3)
    }

    @Test(arguments: ["tbf", "htb"])
    func arrivingPacketsAreLimitedThroughAnIfb(mechanism: String) throws {
        let before = try near.fingerprint()
        let host = try HostProcess(in: near, lease: "20s")
        let reply = try host.inject(bandwidth(#","direction":"in","mechanism":"\#(mechanism)""#))
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        let limited = try LinkProbe.transfer(from: far, to: near, port: 9003, bytes: 3 << 20)
        #expect((limit * 0.6...limit * 1.15).contains(limited), "\(limited)")
        host.closeInput()
        #expect(try host.ended() == 0)
        #expect(try near.fingerprint() == before)
    }

    @Test func afterAKilledExecutorTheGuardianTakesAllBackWithinASecond() throws {
        let before = try near.fingerprint()
        let host = try HostProcess(in: near, lease: "20s")
        // By way of `ip netns exec`, which becomes the executor itself.
        let pid = try #require(try host.ask(#""op":"status""#).ok == true ? host.process.processIdentifier : nil)
        #expect(try host.inject(bandwidth()).ok == true)
        let held = try near.fingerprint()
        #expect(held.contains("htb 4741:") && held.contains("clsact") && held.contains("gauntlet"))
        #expect(host.records.count == 1)
        kill(pid, SIGKILL)
        #expect(try eventually(within: 1) { try near.fingerprint() == before })
        #expect(try host.ended() == -SIGKILL)
    }

    @Test func faultsShareAnInterfaceAndGoInAnyOrder() throws {
        let before = try near.fingerprint()
        let host = try HostProcess(in: near, lease: "20s")
        func inject(_ id: String, _ peer: String) throws -> HostReply {
            try host.inject(#""id":"\#(id)","kind":"bandwidth","limit":"1MiB/s","peers":["\#(peer)"]"#)
        }
        for (id, peer) in [("a", "10.77.0.10"), ("b", "10.77.0.11"), ("c", "10.77.0.16/28")] {
            let reply = try inject(id, peer)
            #expect(reply.ok == true, "\(String(describing: reply.error))")
        }
        let overlapping = try inject("d", "10.77.0.17")
        #expect(overlapping.error?.code == "busy")
        #expect(overlapping.error?.message.contains("`c`") == true)
        for id in ["a", "c"] { #expect(try host.revert(id).clean == true) }
        #expect(try host.ask(#""op":"status""#).held?.map(\.effective) == [true])
        let again = try inject("a", "10.77.0.10")
        #expect(again.ok == true, "\(String(describing: again.error))")
        for id in ["b", "a"] { #expect(try host.revert(id).clean == true) }
        #expect(try near.fingerprint() == before)
    }

    @Test func theRunnersOwnFlowsAreExempt() throws {
        let host = try HostProcess(in: near, lease: "20s", hello: #","control":["\#(far.address):9004"]"#)
        #expect(try host.inject(bandwidth()).ok == true)
        #expect(try LinkProbe.transfer(from: near, to: far, port: 9004, bytes: 8 << 20) > limit * 3)
    }

    @Test func aForeignFairQueueGivesWayToo() throws {
        try givesWay(["fq_codel", "limit", "500", "noecn"])
    }

    @Test(arguments: [
        ["tbf", "rate", "50mbit", "burst", "10kb", "latency", "70ms"], ["pfifo", "limit", "77"],
        ["htb", "default", "1", "r2q", "5"],
    ])
    func aForeignRootGivesWayOnlyWhereAllowedAndComesBackExactly(root: [String]) throws { try givesWay(root) }

    private func givesWay(_ root: [String]) throws {
        let added = try Shell.run(
            ["tc", "-n", near.name, "qdisc", "add", "dev", "eth0", "root", "handle", "7:"] + root)
        // A kernel without it has none to wrap.
        if added.output.contains("kind is unknown") { return }
        try #require(added.code == 0, "\(added.output)")
        if root[0] == "htb" {
            try Shell.must(
                "tc", "-n", near.name, "class", "add", "dev", "eth0", "parent", "7:", "classid", "7:1",
                more: ["htb", "rate", "100mbit", "ceil", "200mbit"])
            try Shell.must(
                "tc", "-n", near.name, "class", "add", "dev", "eth0", "parent", "7:1", "classid", "7:2",
                more: ["htb", "rate", "10mbit", "prio", "3"])
            try Shell.must(
                "tc", "-n", near.name, "qdisc", "add", "dev", "eth0", "parent", "7:2", "handle", "8:",
                more: ["pfifo", "limit", "9"])
        }
        func state() throws -> String {
            try near.state("tc qdisc show", "tc class show dev eth0", "ip -o link show")
        }
        let before = try state()
        let host = try HostProcess(in: near, lease: "20s")
        let refused = try host.inject(bandwidth(#","direction":"out""#))
        #expect(refused.error?.code == "protected")
        #expect(refused.error?.message.contains("\(root[0]) 7:") == true)
        #expect(refused.error?.hint.contains("allow-wrap") == true)
        #expect(try state() == before)
        #expect(host.records == [])
        // The second shares the root, and owes the foreign one too.
        #expect(try host.inject(bandwidth(#","direction":"out","allow-wrap":true"#)).ok == true)
        #expect(
            try host.inject(
                #""id":"b","kind":"bandwidth","limit":"1MiB/s","peers":["10.77.0.9"],"direction":"out""#
            ).ok == true)
        #expect(try near.fingerprint().contains("htb 4741:"))
        #expect(try host.revert("slow").clean == true)
        #expect(try host.revert("b").clean == true)
        #expect(try state() == before)
        #expect(try host.inject(bandwidth(#","direction":"out","allow-wrap":true"#)).ok == true)
        host.crash()
        _ = try host.ended()
        #expect(try eventually(within: 5) { try state() == before })
    }

    @Test func aForeignRootThatCannotComeBackIsRefusedEvenIfItMayGiveWay() throws {
        try Shell.must("tc", "-n", near.name, "qdisc", "add", "dev", "eth0", "root", "handle", "7:", more: ["htb"])
        try Shell.must(
            "tc", "-n", near.name, "class", "add", "dev", "eth0", "parent", "7:", "classid", "7:1",
            more: ["htb", "rate", "1mbit"])
        try Shell.must(
            "tc", "-n", near.name, "filter", "add", "dev", "eth0", "parent", "7:",
            more: ["protocol", "ip", "u32", "match", "ip", "dst", "1.2.3.4", "flowid", "7:1"])
        let before = try near.fingerprint()
        let host = try HostProcess(in: near)
        let refused = try host.inject(bandwidth(#","direction":"out","allow-wrap":true"#))
        #expect(refused.error?.code == "unsupported")
        #expect(try near.fingerprint() == before)
        #expect(host.records == [])
    }

    @Test func aForeignQdiscForArrivingPacketsIsLeftAlone() throws {
        try Shell.must("tc", "-n", near.name, "qdisc", "add", "dev", "eth0", more: ["ingress"])
        let before = try near.fingerprint()
        let host = try HostProcess(in: near)
        let refused = try host.inject(bandwidth(#","direction":"in""#))
        #expect(refused.error?.code == "protected")
        #expect(try near.fingerprint() == before)
        // What leaves is no concern of it.
        #expect(try host.inject(bandwidth(#","direction":"out""#)).ok == true)
        #expect(try host.revert("slow").clean == true)
        #expect(try near.fingerprint() == before)
    }

    @Test func anInterfaceThatGoesTakesTheFaultAndTheDebtWithIt() throws {
        let host = try HostProcess(in: near, lease: "20s")
        #expect(try host.inject(bandwidth()).ok == true)
        try Shell.must("ip", "-n", near.name, "link", "del", "eth0")
        #expect(try host.ask(#""op":"status""#).held?.map(\.effective) == [false])
        let reply = try host.revert("slow")
        #expect(reply.clean == true, "\(String(describing: reply.error))")
        #expect(try !near.run("ip", "link").output.contains("gauntlet"))
        #expect(host.records == [])
    }

    private static let wrong = [
        (#""kind":"bandwidth","limit":"2MiB/s","peers":["10.77.0.2"],"interface":"eth9""#, "missing", "eth9"),
        (#""kind":"bandwidth","limit":"2MiB/s","peers":["203.0.113.9"]"#, "missing", "no route"),
        (#""kind":"bandwidth","limit":"2MiB/s","peers":["0.0.0.0/0"]"#, "malformed", "interface"),
        (#""kind":"bandwidth","limit":"2MiB/s","peers":["10.77.0.2"],"local":["fd00::1"]"#, "malformed", "family"),
        (#""kind":"bandwidth","limit":"2MiB/s","peers":["10.77.0.2"],"mechanism":"cake""#, "unsupported", "cake"),
        (
            #""kind":"bandwidth","limit":"2MiB/s","peers":["10.77.0.2"],"user":0,"direction":"out""#, "unsupported",
            "user"
        ),
        (#""kind":"latency","delay":"5ms","variation":"6ms","peers":["10.77.0.2"]"#, "malformed", "variation"),
        (
            #""kind":"latency","delay":"5ms","jitter":"1ms","variation":"1ms","peers":["10.77.0.2"]"#, "malformed",
            "one of `jitter` and `variation`"
        ),
        (
            #""kind":"latency","delay":"5ms","jitter":"1ms","distribution":"normal","peers":["10.77.0.2"]"#,
            "malformed", "`jitter` is uniform"
        ),
        (#""kind":"latency","delay":"5ms","correlation":"5%","peers":["10.77.0.2"]"#, "malformed", "correlation"),
        (#""kind":"loss","share":"90%","burst":2,"peers":["10.77.0.2"]"#, "malformed", "bursts"),
        (#""kind":"reorder","share":"100%","by":"5ms","peers":["10.77.0.2"]"#, "malformed", "overtaken"),
    ]

    @Test func aWrongRequestGetsOneErrorAndChangesNothing() throws {
        let before = try near.fingerprint()
        let host = try HostProcess(in: near)
        for (fault, code, word) in Self.wrong {
            try expectRefusal(host, #""id":"x","# + fault, code, word)
        }
        #expect(try near.fingerprint() == before)
    }
}

@Suite(
    .enabled(if: LinkProbe.hasNetem || LinkProbe.mustHaveNetem, "needs root and a kernel with netem: make test-kernel"),
    .serialized)
struct LinkFaultsNetemTests {
    private let fabric: TestFabric
    private let host: HostProcess
    private let before: String
    private var near: TestHost { fabric.hosts[0] }
    private var far: TestHost { fabric.hosts[1] }

    init() throws {
        fabric = try TestFabric()
        before = try fabric.hosts[0].fingerprint()
        host = try HostProcess(in: fabric.hosts[0], lease: "60s")
    }

    /// Injects by netem, measures, and takes back.
    private func measured(
        _ fault: String, direction: String = "out", count: Int = 200, every interval: String = "0.004",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Pings {
        let reply = try host.inject(
            #""id":"f","mechanism":"netem","peers":["\#(far.address)"],"direction":"\#(direction)","# + fault)
        // Read back by the executor, parameter by parameter.
        try #require(reply.ok == true, "\(String(describing: reply.error))", sourceLocation: sourceLocation)
        #expect(reply.effective == true, sourceLocation: sourceLocation)
        let pings = try near.ping(far, count, every: interval)
        #expect(try host.ask(#""op":"status""#).held?.map(\.effective) == [true], sourceLocation: sourceLocation)
        #expect(try host.revert("f").clean == true, sourceLocation: sourceLocation)
        #expect(host.records == [], sourceLocation: sourceLocation)
        return pings
    }

    // One fabric for several faults: a kernel that is itself a process starts others slowly.

    @Test func latencyIsAddedInItsDirectionAndVaries() throws {
        let floor = try near.ping(far, 50).median
        for (direction, delay) in [("out", 50.0), ("in", 50.0), ("both", 100.0)] {
            let pings = try measured(#""kind":"latency","delay":"50ms""#, direction: direction, count: 60)
            #expect(pings.times.count == 60)
            #expect((delay...delay + floor + 10).contains(pings.median), "\(pings.median) over \(floor)")
            print("latency 50ms \(direction): p50 \(pings.median) ms, without \(floor) ms")
        }
        for distribution in ["uniform", "normal", "pareto"] {
            let pings = try measured(
                #""kind":"latency","delay":"40ms","variation":"10ms","distribution":"\#(distribution)","correlation":"5%""#
            )
            let times = pings.times.sorted()
            #expect(times[180] - times[20] > 6, "\(distribution): \(times)")
            #expect((30...60).contains(pings.median), "\(distribution): \(pings.median)")
            print("latency 40ms ± 10ms \(distribution): p10 \(times[20]) p50 \(pings.median) p90 \(times[180]) ms")
        }
        // On top, not around: nothing is earlier than the delay.
        let pings = try measured(#""kind":"latency","delay":"40ms","jitter":"20ms""#)
        #expect(pings.times.allSatisfy { $0 >= 40 }, "\(pings.times)")
        #expect((44...60).contains(pings.median), "\(pings.median)")
        print("latency 40ms + 0…20ms: p50 \(pings.median) ms")
        #expect(try near.fingerprint() == before)
    }

    @Test func packetsAreLostSpoiledDoubledAndOvertaken() throws {
        var pings = try measured(#""kind":"loss","share":"10%""#, count: 400)
        // 10 % of 400 is 40 ± 6: five deviations to either side.
        #expect((330...390).contains(pings.times.count), "\(pings.times.count) of 400")
        print("loss 10%: \(400 - pings.times.count) of 400")

        pings = try measured(#""kind":"loss","share":"20%","burst":8"#, count: 600, every: "0.002")
        let lost = 600 - pings.times.count
        let runs = zip(pings.sequence, pings.sequence.dropFirst()).count { $1 - $0 > 1 }
        #expect((20...300).contains(lost), "\(lost) of 600")
        // By themselves they would come in runs of 1.25.
        #expect(runs == 0 || Double(lost) / Double(runs) > 2.5, "\(lost) lost in \(runs) runs")
        print("loss 20% in bursts of 8: \(lost) of 600 in \(runs) runs")

        // The echo's checksum catches a flipped bit.
        pings = try measured(#""kind":"corrupt","share":"20%""#, count: 300)
        #expect((180...290).contains(pings.times.count), "\(pings.times.count) of 300")
        print("corrupt 20%: \(300 - pings.times.count) of 300 came spoiled")

        pings = try measured(#""kind":"duplicate","share":"20%""#, count: 300)
        #expect((25...110).contains(pings.duplicates), "\(pings.duplicates)")
        #expect(pings.times.count == 300)
        print("duplicate 20%: \(pings.duplicates) of 300")

        pings = try measured(#""kind":"reorder","share":"20%","by":"30ms""#, count: 300)
        #expect(pings.overtaken > 20, "\(pings.overtaken)")
        #expect(pings.times.count { $0 >= 30 } < 110)
        #expect(pings.median < 20)
        print("reorder 20% by 30ms: \(pings.overtaken) overtaken of 300, p50 \(pings.median) ms")
        #expect(try near.fingerprint() == before)
    }

    @Test func aKilledExecutorLeavesNothing() throws {
        let fault = #""id":"f","kind":"latency","delay":"50ms","peers":["\#(far.address)"]"#
        #expect(try host.inject(fault).mechanism == "netem")
        #expect(try near.qdiscs().contains("netem"))
        host.crash()
        let killed = Date()
        while try near.qdiscs().contains("netem"), Date().timeIntervalSince(killed) < 1 { usleep(20_000) }
        #expect(try eventually(within: 1) { try near.fingerprint() == before })
    }

    @Test func aClosedInputLeavesNothing() throws {
        #expect(try host.inject(#""id":"f","kind":"loss","share":"5%","peers":["\#(far.address)"]"#).ok == true)
        // Somebody else's change to a parameter is seen.
        try Shell.must(
            "tc", "-n", near.name, "qdisc", "change", "dev", "eth0", "parent", "4741:1", more: ["netem", "loss", "6%"])
        let held = try #require(try host.ask(#""op":"status""#).held?.first)
        #expect(!held.effective)
        #expect(held.evidence.contains("loss is"), "\(held.evidence)")
        host.closeInput()
        #expect(try host.ended() == 0)
        #expect(try near.fingerprint() == before)
    }
}

extension TestHost {
    fileprivate func qdiscs() throws -> String { try Shell.must("tc", "-n", name, "qdisc", "show") }
}

extension Shell {
    /// As `must`, with arguments that a test is given.
    @discardableResult
    fileprivate static func must(_ arguments: String..., more: [String]) throws -> String {
        let result = try run(arguments + more)
        try #require(result.code == 0, "\((arguments + more).joined(separator: " ")): \(result.output)")
        return result.output
    }
}
