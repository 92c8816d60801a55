import ChaosLinux
import ChaosPlan
import Foundation
import Testing

@Suite struct PingPacketTests {
    private let packet = PingPacket(isV6: false, identifier: 77, token: 0x0123_4567_89AB_CDEF, size: 64)

    /// What the far end makes of a request.
    private func reply(_ sequence: Int) -> [UInt8] {
        var bytes = packet.request(sequence)
        bytes[0] = 0
        bytes.replaceSubrange(2..<4, with: [0, 0])
        let sum = PingPacket.checksum(bytes)
        bytes.replaceSubrange(2..<4, with: [UInt8(sum >> 8), UInt8(sum & 0xFF)])
        return bytes
    }

    @Test func aRequestHasItsChecksumAndSize() {
        #expect(packet.request(3).count == 72)
        #expect(packet.request(3)[0..<2] == [8, 0])
        #expect(PingPacket.checksum(packet.request(3)) == 0)
        #expect(packet.request(3) != packet.request(4))
    }

    @Test func aReplyIsKnownByItsToken() {
        #expect(packet.answer(reply(5)[...], checksIdentifier: true) == .echo(sequence: 5, isIntact: true))
        let other = PingPacket(isV6: false, identifier: 78, token: 1, size: 64)
        #expect(other.answer(reply(5)[...], checksIdentifier: true) == nil)
        #expect(packet.answer(packet.request(5)[...], checksIdentifier: true) == nil)
        #expect(packet.answer([0, 0, 0], checksIdentifier: true) == nil)
    }

    @Test func anyChangedByteOfAReplyIsNoticedAndItsSequenceStillKnown() {
        for index in 2..<72 {
            var bytes = reply(5)
            bytes[index] ^= 0x10
            #expect(
                packet.answer(bytes[...], checksIdentifier: true) == .echo(sequence: 5, isIntact: false),
                "byte \(index)")
        }
    }

    @Test func aChangeWithAFittingChecksumIsNoticedToo() {
        var bytes = reply(5)
        bytes[40] ^= 0xFF
        bytes.replaceSubrange(2..<4, with: [0, 0])
        let sum = PingPacket.checksum(bytes)
        bytes.replaceSubrange(2..<4, with: [UInt8(sum >> 8), UInt8(sum & 0xFF)])
        #expect(packet.answer(bytes[...], checksIdentifier: true) == .echo(sequence: 5, isIntact: false))
    }

    @Test func aRefusalNamesTheRequestAndAMissingWayIsNone() {
        let header: [UInt8] = [0x45] + [UInt8](repeating: 0, count: 19)
        let quoted = header + packet.request(9)[..<8]
        #expect(
            packet.answer(([3, 3, 0, 0, 0, 0, 0, 0] + quoted)[...], checksIdentifier: true) == .refusal(sequence: 9))
        #expect(packet.answer(([3, 1, 0, 0, 0, 0, 0, 0] + quoted)[...], checksIdentifier: true) == nil)
    }

    @Test func cutMessagesAreNobodysAnswer() {
        let whole = reply(5)
        for count in 0..<20 { #expect(packet.answer(whole[..<count], checksIdentifier: true) == nil) }
        let refusal = [3, 3, 0, 0, 0, 0, 0, 0] + [0x4F] + [UInt8](repeating: 0, count: 20)
        #expect(packet.answer(refusal[...], checksIdentifier: true) == nil)
    }
}

@Suite struct ProbeTargetTests {
    private func read(_ text: String) throws -> ProbeTarget? {
        let (value, problems) = ObjectReader.read(text, name: "probe", as: ProbeTarget.shape)
        return try ProbeTarget.read([#require(value, "\(problems)")]).first
    }

    @Test func aProbeIsAPingUnlessItHasAPort() throws {
        #expect(try read(#"{"address":"10.0.0.1"}"#)?.means == .ping)
        #expect(try read(#"{"address":"10.0.0.1","size":"1400B","count":20}"#)?.size == 1400)
        #expect(try read(#"{"address":"fd00::1","port":80}"#)?.means == .connect(port: 80))
    }

    @Test(arguments: [
        #"{"address":"10.0.0.0/8"}"#, #"{"address":"10.0.0.1","port":80,"size":"100B"}"#,
        #"{"address":"10.0.0.1","port":80,"count":101}"#,
    ])
    func whatCannotBeProbedIsAnError(_ text: String) {
        #expect(throws: HostError.self) { try read(text) }
    }
}

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized)
struct ProberTests {
    private func probe(_ executor: HostProcess, _ fields: String) throws -> ProbeResult {
        let reply = try executor.ask(#""op":"probe","probes":[{\#(fields)}]"#)
        return try #require(reply.probes?.first, "\(String(describing: reply.error))")
    }

    @Test func manyPingsAllComeBackWithTheirTimes() throws {
        let fabric = try TestFabric()
        let executor = try HostProcess(in: fabric.hosts[0])
        let result = try probe(executor, #""address":"10.77.0.2","count":500"#)
        #expect(result.sent == 500 && result.answered == 500 && result.failure == nil)
        #expect(result.refused + result.corrupted + result.duplicated + result.reordered == 0)
        #expect((1...500_000_000).contains(result.medianNs ?? 0))
        #expect((result.maximumNs ?? 0) >= (result.medianNs ?? 1) && (result.lastNs ?? 0) > 0)
        let large = try probe(executor, #""address":"10.77.0.2","count":20,"size":"1400B""#)
        #expect(large.answered == 20 && large.size == 1400)
    }

    @Test func pingsOfIPv6ComeBackToo() throws {
        let fabric = try TestFabric()
        for (index, host) in fabric.hosts.enumerated() {
            try host.run("ip", "addr", "add", "fd00:77::\(index + 1)/64", "dev", "eth0", "nodad")
        }
        let executor = try HostProcess(in: fabric.hosts[0])
        // The first waits for the neighbour's address to be found.
        #expect(try probe(executor, #""address":"fd00:77::2","count":1"#).answered == 1)
        #expect(try probe(executor, #""address":"fd00:77::2","count":20"#).answered == 20)
        #expect(try probe(executor, #""address":"fd00:77::2","port":4321"#).refused == 5)
    }

    @Test func connectionsAreAnsweredRefusedOrSilent() throws {
        let fabric = try TestFabric()
        let listener = try fabric.hosts[1].listen(port: 4321)
        defer { withExtendedLifetime(listener) {} }
        let executor = try HostProcess(in: fabric.hosts[0])
        let answered = try probe(executor, #""address":"10.77.0.2","port":4321,"count":50"#)
        #expect(answered.answered == 50 && answered.refused == 0 && (answered.medianNs ?? 0) > 0)
        let refused = try probe(executor, #""address":"10.77.0.2","port":4322"#)
        #expect(refused.answered == 0 && refused.refused == 5 && refused.medianNs == nil)
        try fabric.hosts[1].run("nft", "add", "table", "inet", "t")
        try fabric.hosts[1].run(
            "nft", "add", "chain", "inet", "t", "i", "{ type filter hook input priority 0; policy drop; }")
        let silent = try probe(executor, #""address":"10.77.0.2","port":4321"#)
        #expect(silent.sent == 5 && silent.answered == 0 && silent.refused == 0)
        #expect(try probe(executor, #""address":"10.77.0.2""#).answered == 0)
        #expect(try probe(executor, #""address":"192.0.2.1""#).failure != nil)
    }

    @Test func twiceDeliveredAnswersAreCounted() throws {
        let fabric = try TestFabric()
        let executor = try HostProcess(in: fabric.hosts[0])
        #expect(try probe(executor, #""address":"10.77.0.2","count":10"#).duplicated == 0)
        // The switch sends what comes from the far host to the near one another time.
        let tc = { (arguments: [String]) in try Shell.run(["tc", "-n", fabric.switchName] + arguments) }
        #expect(try tc(["qdisc", "add", "dev", "port1", "clsact"]).code == 0)
        let mirror = try tc([
            "filter", "add", "dev", "port1", "ingress", "protocol", "ip", "u32", "match", "u32", "0", "0", "action",
            "mirred", "egress", "mirror", "dev", "port0",
        ])
        #expect(mirror.code == 0, "\(mirror.output)")
        let result = try probe(executor, #""address":"10.77.0.2","count":10"#)
        #expect(result.answered == 10 && result.duplicated == 10)
    }

    @Test func aRefusedPingIsARefusal() throws {
        let fabric = try TestFabric()
        let executor = try HostProcess(in: fabric.hosts[0])
        try fabric.hosts[1].run("iptables-nft", "-A", "INPUT", "-p", "icmp", "-j", "REJECT")
        let result = try probe(executor, #""address":"10.77.0.2","count":3"#)
        // The far kernel limits how many refusals it sends to one address.
        #expect(result.answered == 0 && (1...3).contains(result.refused))
    }

    @Test func theExecutorServesWhileItProbes() throws {
        let fabric = try TestFabric()
        let executor = try HostProcess(in: fabric.hosts[0])
        try executor.send(#"{"id":900,"op":"probe","probes":[{"address":"10.77.0.99"}]}"#)
        #expect(try executor.ask(#""op":"status""#, within: 0.9).ok == true)
        let late = try executor.reply(within: 5) { $0.re == 900 }
        #expect(late.probes?.first?.answered == 0)
    }
}
