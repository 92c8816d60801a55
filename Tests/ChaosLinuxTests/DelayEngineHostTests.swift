import ChaosLinux
import ChaosPlan
import Foundation
import Testing

/// The delay engine in the way of real packets, between two hosts made for the purpose.
@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized)
struct DelayEngineHostTests {
    let fabric: TestFabric
    var sender: TestHost { fabric.hosts[0] }
    var receiver: TestHost { fabric.hosts[1] }

    init() throws { fabric = try TestFabric() }

    /// A fault of what arrives at the receiver from the sender.
    private func fault(_ id: String, _ kind: String, _ parameters: String, direction: String = "in") -> String {
        #""id":"\#(id)","kind":"\#(kind)","mechanism":"nfqueue","peers":["\#(sender.address)"],"#
            + #""direction":"\#(direction)",\#(parameters)"#
    }

    /// The queues of the receiver's namespace, by the executor's view.
    private func queues(_ host: HostProcess) -> [QueueNumbers.Entry] {
        QueueNumbers.read(
            (try? String(
                contentsOfFile: "/proc/\(host.process.processIdentifier)/net/netfilter/nfnetlink_queue", encoding: .utf8
            ))
                ?? "")
    }

    /// An engine's netlink address is its pid: it has one such socket.
    private func engine(_ host: HostProcess) throws -> Int32 {
        Int32(try #require(queues(host).first { $0.number >= 1_024 }).portid)
    }

    // MARK: - Effects

    @Test func aLatencyDelaysWhatArrivesAndItsRevertLeavesTheHostAsItWas() throws {
        try Shell.must("ip", "netns", "exec", receiver.name, "nft", "add table inet theirs")
        try Shell.must(
            "ip", "netns", "exec", receiver.name, "nft",
            "add chain inet theirs input { type filter hook input priority 5 ; policy accept ; }")
        try Shell.must("ip", "netns", "exec", receiver.name, "nft", "add rule inet theirs input tcp dport 9 drop")
        try Shell.must("tc", "-n", receiver.name, "qdisc", "add", "dev", "eth0", "root", "handle", "7:", "pfifo")
        let before = try receiver.fingerprint()
        let host = try HostProcess(in: receiver, lease: "20s")
        let reply = try host.inject(fault("slow", "latency", #""delay":"40ms""#))
        #expect(reply.error == nil)
        #expect(reply.mechanism == "nfqueue")
        #expect(reply.effective == true)
        #expect(reply.evidence?.contains("delay 40ms") == true)
        let held = try sender.ping(receiver, 20)
        #expect(held.received == 20)
        #expect(held.times.allSatisfy { $0 >= 40 })
        #expect(held.median < 80)
        let status = try #require(try host.ask(#""op":"status""#).held?.first)
        #expect(status.effective)
        #expect(status.evidence.contains("20 packets"))
        #expect(try host.revert("slow").clean == true)
        #expect(try sender.ping(receiver, 5).median < 30)
        #expect(queues(host).isEmpty)
        #expect(host.records.isEmpty)
        #expect(try receiver.fingerprint() == before)
        host.closeInput()
        #expect(try host.ended() == 0)
    }

    @Test func bothDirectionsDelayOneRoundTripTwice() throws {
        let host = try HostProcess(in: receiver, lease: "20s")
        #expect(
            try host.inject(fault("slow", "latency", #""delay":"30ms""#, direction: "both")).evidence?
                .contains("sockets' buffers") == true)
        let held = try sender.ping(receiver, 5)
        #expect(held.received == 5)
        #expect(held.times.allSatisfy { $0 >= 60 })
    }

    @Test func aVariationSpreadsAndInOrderNothingOvertakes() throws {
        let host = try HostProcess(in: receiver, lease: "20s")
        try host.inject(fault("free", "latency", #""delay":"30ms","variation":"20ms","seed":5"#))
        let free = try sender.ping(receiver, 60)
        #expect(free.times.allSatisfy { $0 >= 10 })
        #expect((free.times.max() ?? 0) > (free.times.min() ?? 0) + 15)
        #expect(free.sequence != free.sequence.sorted())
        try host.revert("free")
        let reply = try host.inject(fault("above", "latency", #""delay":"30ms","jitter":"20ms","seed":5"#))
        #expect(reply.evidence?.contains("delay 30ms + 0…20ms") == true, "\(reply.evidence ?? "")")
        let above = try sender.ping(receiver, 60)
        #expect(above.times.allSatisfy { $0 >= 30 })
        #expect((above.times.max() ?? 0) > (above.times.min() ?? 0) + 10)
        try host.revert("above")
        try host.inject(fault("kept", "latency", #""delay":"30ms","variation":"20ms","in-order":true,"seed":5"#))
        let kept = try sender.ping(receiver, 60)
        #expect(kept.received == 60)
        #expect(kept.sequence == kept.sequence.sorted())
        #expect((kept.times.max() ?? 0) > 25)
    }

    @Test func asManyAreLostDuplicatedCorruptedAndReorderedAsTheSeedSays() throws {
        let host = try HostProcess(in: receiver, lease: "20s")
        let share = Share(partsPerMillion: 200_000)
        func hits(_ treatment: QueueTreatment, _ hit: (PacketChance.Fate) -> Bool) -> Int {
            (0..<200).count { hit(PacketChance(treatment).fate(of: $0)) }
        }
        let parameters = #""share":"20%","seed":11"#

        try host.inject(fault("lossy", "loss", parameters))
        #expect(try sender.ping(receiver, 200).received == 200 - hits(QueueTreatment(loss: share, seed: 11), \.isLost))
        try host.revert("lossy")

        try host.inject(fault("twice", "duplicate", parameters))
        let twice = try sender.ping(receiver, 200)
        #expect(twice.received == 200)
        // The program may not wait for the last one's copy.
        let copies = hits(QueueTreatment(duplicate: share, seed: 11), \.isDuplicated)
        #expect(twice.duplicates == copies || twice.duplicates == copies - 1)
        try host.revert("twice")

        // Visible: every reply comes, some with other bytes.
        let corrupted = hits(QueueTreatment(corrupt: .init(share: share), seed: 11), \.isCorrupted)
        try host.inject(fault("bits", "corrupt", parameters))
        let bits = try sender.ping(receiver, 200, every: "0.005", "-p", "00", "-s", "1400")
        #expect(bits.received == 200)
        // A bit of the time stamp in front is not compared.
        #expect(bits.corrupted <= corrupted && bits.corrupted >= corrupted - 5)
        try host.revert("bits")
        try host.inject(fault("sums", "corrupt", parameters + #","visible":false"#))
        #expect(try sender.ping(receiver, 200).received == 200 - corrupted)
        try host.revert("sums")

        try host.inject(fault("order", "reorder", parameters + #","by":"60ms""#))
        let order = try sender.ping(receiver, 200)
        #expect(order.received == 200)
        let late = order.times.count { $0 >= 60 }
        #expect(
            late >= hits(QueueTreatment(reorder: .init(share: share, by: 1), seed: 11), \.isReordered))
        #expect(order.sequence != order.sequence.sorted())
    }

    @Test(
        .enabled("needs python3") { try Shell.run(["python3", "--version"]).code == 0 },
        arguments: ["10.77.0.2", "fd77::2"])
    func tcpFlowsAndItsApplicationSeesFlippedBits(_ address: String) throws {
        for (host, number) in [(sender, 1), (receiver, 2)] {
            try Shell.must("ip", "-n", host.name, "addr", "add", "fd77::\(number)/64", "dev", "eth0", "nodad")
        }
        let host = try HostProcess(in: receiver, lease: "20s")
        let peers = #""peers":["\#(sender.address)","fd77::1"],"direction":"in""#
        try host.inject(#""id":"slow","kind":"latency","delay":"5ms",\#(peers)"#)
        try host.inject(#""id":"bits","kind":"corrupt","share":"10%",\#(peers)"#)
        // A megabyte of zeros; the server says how much came and how many bytes are none.
        let server = Process()
        let output = Pipe()
        server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        server.arguments = [
            "ip", "netns", "exec", receiver.name, "timeout", "20", "python3", "-c",
            """
            import socket
            s = socket.create_server(('\(address)', 7000), family=socket.\(address.contains(":") ? "AF_INET6" : "AF_INET"))
            print('listening', flush=True)
            c, _ = s.accept()
            got = wrong = 0
            while d := c.recv(65536):
                got += len(d); wrong += len(d) - d.count(0)
            print(got, wrong, flush=True)
            """,
        ]
        server.standardOutput = output
        try server.run()
        let greeting = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        try #require(greeting.hasPrefix("listening"))
        try Shell.must(
            "ip", "netns", "exec", sender.name, "timeout", "20", "python3", "-c",
            "import socket; s = socket.create_connection(('\(address)', 7000)); s.sendall(bytes(1 << 20)); s.close()")
        let result = try output.fileHandleForReading.readToEnd() ?? Data()
        server.waitUntilExit()
        let numbers = String(decoding: result, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap {
            Int($0)
        }
        try #require(numbers.count == 2)
        #expect(numbers[0] == 1 << 20)
        #expect(numbers[1] > 0)
    }

    // MARK: - Reversal

    @Test func aRevertReleasesWhatIsHeldAtOnceAndInOrder() throws {
        let host = try HostProcess(in: receiver, lease: "20s")
        try host.inject(fault("long", "latency", #""delay":"8s""#))
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "ip", "netns", "exec", sender.name, "ping", "-c", "20", "-i", "0.01", "-W", "15", receiver.address,
        ]
        process.standardOutput = output
        try process.run()
        #expect(eventually { queues(host).first?.waiting == 20 })
        #expect(try host.revert("long").clean == true)
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let pings = Pings(text)
        #expect(pings.received == 20)
        #expect(pings.sequence == Array(1...20))
        #expect(pings.times.allSatisfy { $0 < 7_500 })
    }

    @Test func whatTheKernelDropsWithAForeignChainIsSaid() throws {
        let host = try HostProcess(in: receiver, lease: "20s")
        try host.inject(fault("long", "latency", #""delay":"900ms""#))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "ip", "netns", "exec", sender.name, "ping", "-q", "-c", "5", "-i", "0.01", "-W", "1", receiver.address,
        ]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        #expect(eventually { queues(host).first?.waiting == 5 })
        try Shell.must(
            "ip", "netns", "exec", receiver.name, "nft",
            "add table inet t; add chain inet t c { type filter hook forward priority 0; }; delete table inet t")
        process.waitUntilExit()
        #expect(
            try eventually {
                try host.ask(#""op":"status""#).held?.first?.evidence.contains("releases too late") == true
            })
    }

    @Test func aKilledEngineLetsAllPassAndIsReported() throws {
        let before = try receiver.fingerprint()
        let host = try HostProcess(in: receiver, lease: "20s")
        try host.inject(fault("slow", "latency", #""delay":"300ms""#))
        kill(try engine(host), SIGKILL)
        let event = try host.event("ended")
        #expect(event.fault == "slow")
        let pings = try sender.ping(receiver, 5)
        #expect(pings.received == 5)
        #expect(pings.median < 200)
        #expect(try host.ask(#""op":"status""#).held?.first?.effective == false)
        #expect(try host.revert("slow").clean == true)
        #expect(try receiver.fingerprint() == before)
    }

    @Test func aHungEngineIsKilledAfterTheNextRenewal() throws {
        let host = try HostProcess(in: receiver, lease: "20s")
        try host.inject(fault("slow", "latency", #""delay":"300ms""#))
        let pid = try engine(host)
        #expect(try host.ask(#""op":"renew""#).ok == true)
        kill(pid, SIGSTOP)
        // A renewal while the last one's answer is still on its way asks nothing: the next one does.
        usleep(100_000)
        #expect(try host.ask(#""op":"renew""#).ok == true)
        usleep(100_000)
        #expect(try host.ask(#""op":"renew""#).ok == true)
        let event = try host.event("ended")
        #expect(event.evidence?.contains("did not answer") == true)
        #expect(try sender.ping(receiver, 5).median < 200)
        #expect(kill(pid, 0) == -1)
        #expect(try host.revert("slow").clean == true)
    }

    @Test func whenEngineAndExecutorHangTheLeaseFreesTheFlow() throws {
        let before = try receiver.fingerprint()
        let host = try HostProcess(in: receiver, lease: "700ms")
        try host.inject(fault("slow", "latency", #""delay":"20s""#))
        let pid = try engine(host)
        kill(pid, SIGSTOP)
        kill(host.process.processIdentifier, SIGSTOP)
        #expect(try eventually { try sender.reaches(receiver) })
        // By then, or soon, the guardian has ended both.
        #expect(eventually { kill(pid, 0) == -1 })
        #expect(try host.ended() == -SIGKILL)
        #expect(try eventually { try receiver.fingerprint() == before })
    }

    @Test func anExecutorsDeathTakesTableAndEngineAlong() throws {
        let before = try receiver.fingerprint()
        let host = try HostProcess(in: receiver, lease: "20s")
        try host.inject(fault("slow", "latency", #""delay":"300ms""#))
        let pid = try engine(host)
        host.crash()
        #expect(eventually { kill(pid, 0) == -1 })
        #expect(try eventually { try receiver.fingerprint() == before })
        #expect(try sender.ping(receiver, 5).median < 200)
        #expect(host.owesNothing())
    }

    @Test func theEndOfTheInputRevertsAll() throws {
        let before = try receiver.fingerprint()
        let host = try HostProcess(in: receiver, lease: "20s")
        try host.inject(fault("slow", "latency", #""delay":"300ms""#))
        try host.inject(fault("lossy", "loss", #""share":"50%""#))
        #expect(queues(host).count == 2)
        host.closeInput()
        #expect(try host.ended() == 0)
        #expect(try receiver.fingerprint() == before)
        #expect(host.records.isEmpty)
    }

    @Test func badRequestsGiveOneErrorAndChangeNothing() throws {
        let before = try receiver.fingerprint()
        let host = try HostProcess(in: receiver)
        for (request, word) in [
            (fault("a", "latency", #""delay":"61s""#), "delay"),
            (fault("a", "latency", #""delay":"5ms","distribution":"odd""#), "distribution"),
            (fault("a", "corrupt", #""share":"0%""#), "share"),
            (fault("a", "duplicate", #""share":"120%""#), "share"),
            (fault("a", "reorder", #""share":"10%""#), "by"),
            (fault("a", "latency", #""delay":"5ms","variation":"6ms""#), "variation"),
            (fault("a", "latency", #""delay":"5ms","variation":"1ms","distribution":"pareto""#), "pareto"),
            (fault("a", "loss", #""share":"5%","burst":4"#), "burst"),
            (fault("a", "latency", #""delay":"5ms","interface":"eth7""#), "eth7"),
            (fault("a", "latency", #""delay":"5ms","port":80"#), "protocol"),
        ] {
            try expectRefusal(host, request, nil, word)
        }
        let netem = #""id":"a","kind":"loss","share":"5%","seed":3,"mechanism":"netem","peers":["10.77.0.1"]"#
        #expect(try host.inject(netem).error?.message.contains("`seed`") == true)
        #expect(host.records.isEmpty)
        #expect(queues(host).isEmpty)
        #expect(try receiver.fingerprint() == before)
    }
}
