import ChaosLinux
import ChaosPlan
import Testing

@Suite struct ProofOfEffectTests {
    /// A fault's parameters, as far as the proof reads them.
    private static let shape = ObjectShape(
        "a fault",
        TrafficMatch.keys + [
            .optional("mode", .word(["drop", "reject"]), ""), .optional("delay", .scalar(ScalarRule(.duration)), ""),
            .optional("share", .scalar(ScalarRule(.share)), ""),
            .optional("limit", .scalar(ScalarRule(.byteRate)), ""),
        ])

    private func parameters(_ fields: String) throws -> Value {
        let (value, problems) = ObjectReader.read(
            #"{"peers":["10.0.0.2"],\#(fields)}"#, name: "fault", as: Self.shape)
        return try #require(value, "\(problems)")
    }

    private func result(
        sent: Int = 20, answered: Int? = nil, refused: Int = 0, duplicated: Int = 0, reordered: Int = 0,
        corrupted: Int = 0, ms: Double? = 0.3, last: Double? = 1, port: Int? = nil, to address: String = "10.0.0.2",
        size: Int = 64
    ) throws -> ProbeResult {
        var result = ProbeResult(
            ProbeTarget(
                address: try IPAddress(address), means: port.map { .connect(port: $0) } ?? .ping, count: sent,
                size: size),
            sent: sent)
        result.answered = answered ?? sent
        result.refused = refused
        result.duplicated = duplicated
        result.reordered = reordered
        result.corrupted = corrupted
        result.medianNs = ms.map { Int64($0 * 1e6) }
        result.maximumNs = ms.map { Int64($0 * 2e6) }
        result.lastNs = last.map { Int64($0 * 1e6) }
        return result
    }

    private func judge(
        _ kind: FaultKind, _ fields: String, _ before: ProbeResult, _ after: ProbeResult
    ) throws -> ProofOfEffect.Finding {
        ProofOfEffect.judge(kind: kind, parameters: try parameters(fields), before: [before], after: [after])
    }

    @Test func aDropIsProvenBySilenceAndARefusalByRefusals() throws {
        let alive = try result()
        let silent = try result(answered: 0, ms: nil)
        let refused = try result(answered: 0, refused: 20, ms: nil)
        let drop = #""mode":"drop""#
        let reject = #""mode":"reject""#
        #expect(try judge(.partition, drop, alive, silent).isProven == true)
        #expect(try judge(.partition, drop, refused, silent).isProven == true)
        #expect(try judge(.partition, drop, alive, refused).isProven == false)
        #expect(try judge(.partition, drop, alive, result(answered: 1)).isProven == false)
        #expect(try judge(.partition, reject, alive, refused).isProven == true)
        #expect(try judge(.partition, reject, alive, silent).isProven == false)
        #expect(try judge(.partition, reject, alive, alive).isProven == false)
        #expect(try judge(.partition, reject, refused, refused).isProven == nil)
    }

    @Test func aFarEndThatDidNotAnswerBeforeProvesNothing() throws {
        let silent = try result(answered: 0, ms: nil)
        let finding = try judge(.partition, #""mode":"drop""#, silent, silent)
        #expect(finding == .init(isProven: nil, text: "could not tell: ping 10.0.0.2 did not answer before"))
    }

    @Test func probesOfOtherProtocolsOrPortsProveNothing() throws {
        let ping = (try result(), try result(answered: 0))
        let connect = (try result(port: 80), try result(answered: 0, port: 80))
        let tcp = #""mode":"drop","protocol":"tcp","port":80"#
        #expect(try judge(.partition, tcp, ping.0, ping.1).isProven == nil)
        #expect(try judge(.partition, tcp, connect.0, connect.1).isProven == true)
        #expect(try judge(.partition, #""mode":"drop","protocol":"icmp""#, connect.0, connect.1).isProven == nil)
        #expect(
            try judge(.partition, #""mode":"drop","protocol":"tcp","port":81"#, connect.0, connect.1).isProven == nil)
        #expect(try judge(.partition, #""mode":"drop","protocol":"udp","port":80"#, ping.0, ping.1).isProven == nil)
    }

    @Test func farEndsThatAreNotMeantAreForComparisonOnly() throws {
        let fields = try parameters(#""mode":"drop""#)
        let other = try result(to: "10.0.0.3")
        let finding = ProofOfEffect.judge(
            kind: .partition, parameters: fields, before: [try result(), other],
            after: [try result(answered: 0), other])
        #expect(finding.isProven == true)
        // But a rule that means nobody who is probed has no effect on them.
        let missed = ProofOfEffect.judge(kind: .partition, parameters: fields, before: [other], after: [other])
        #expect(missed.isProven == false && missed.text.hasPrefix("no effect seen: ping 10.0.0.3: 20 of 20"))
    }

    @Test func latencyMustRaiseTheMedianByMostOfWhatWasCommanded() throws {
        let base = try result(ms: 0.3)
        let once = #""delay":"50ms","direction":"out""#
        let twice = #""delay":"50ms","direction":"both""#
        #expect(try judge(.latency, once, base, result(ms: 50.4)).isProven == true)
        #expect(try judge(.latency, once, base, result(ms: 20)).isProven == false)
        #expect(try judge(.latency, twice, base, result(ms: 50.4)).isProven == false)
        #expect(try judge(.latency, twice, base, result(ms: 100.4)).isProven == true)
        #expect(try judge(.latency, once, result(ms: 200), result(ms: 250)).isProven == nil)
        #expect(try judge(.latency, once, base, result(answered: 0, ms: nil)).isProven == nil)
    }

    @Test func lossMustFitTheShareAndNotChance() throws {
        let base = try result(sent: 200)
        let one = #""share":"10%","direction":"in""#
        let two = #""share":"10%","direction":"both""#
        func after(lost: Int, of sent: Int = 200) throws -> ProbeResult {
            try result(sent: sent, answered: sent - lost)
        }
        #expect(try judge(.loss, one, base, after(lost: 20)).isProven == true)
        #expect(try judge(.loss, two, base, after(lost: 38)).isProven == true)
        #expect(try judge(.loss, two, base, after(lost: 15)).isProven == false)
        #expect(try judge(.loss, one, base, after(lost: 0)).isProven == false)
        #expect(try judge(.loss, one, base, after(lost: 120)).isProven == false)
        #expect(try judge(.loss, one, result(sent: 5), after(lost: 0, of: 5)).isProven == nil)
        #expect(try judge(.loss, #""share":"100%","direction":"in""#, base, after(lost: 200)).isProven == true)
    }

    @Test func corruptionIsSeenAsChangedOrLost() throws {
        let base = try result(sent: 200)
        let fields = #""share":"10%","direction":"in""#
        #expect(try judge(.corrupt, fields, base, result(sent: 200, corrupted: 18)).isProven == true)
        #expect(try judge(.corrupt, fields, base, result(sent: 200, answered: 185, corrupted: 5)).isProven == true)
        #expect(try judge(.corrupt, fields, base, base).isProven == false)
    }

    @Test func duplicatesAndDisorderAreCounted() throws {
        let base = try result(sent: 200)
        let fields = #""share":"10%","direction":"in""#
        #expect(try judge(.duplicate, fields, base, result(sent: 200, duplicated: 3)).isProven == true)
        #expect(try judge(.duplicate, fields, base, base).isProven == false)
        #expect(try judge(.duplicate, fields, result(sent: 3), result(sent: 3)).isProven == nil)
        #expect(try judge(.reorder, fields, base, result(sent: 200, reordered: 9)).isProven == true)
        #expect(try judge(.reorder, fields, base, base).isProven == false)
        #expect(try judge(.reorder, fields, result(sent: 200, port: 80), result(sent: 200, port: 80)).isProven == nil)
    }

    @Test func aBandwidthLimitMakesTheLastOfManyLate() throws {
        let base = try result(size: 1400)
        let fields = #""limit":"100KiB/s""#
        #expect(try judge(.bandwidth, fields, base, result(last: 260, size: 1400)).isProven == true)
        #expect(try judge(.bandwidth, fields, base, result(last: 3, size: 1400)).isProven == false)
        #expect(try judge(.bandwidth, fields, base, result(answered: 8, last: 3, size: 1400)).isProven == true)
        #expect(try judge(.bandwidth, #""limit":"1GiB/s""#, base, base).isProven == nil)
        #expect(try judge(.bandwidth, fields, result(port: 80), result(port: 80)).isProven == nil)
    }

    @Test func kindsThatProbesCannotSeeSaySo() throws {
        for kind in [FaultKind.cpu, .clock, .diskFill, .memory, .credential] {
            let finding = try judge(kind, #""mode":"drop""#, result(), result())
            #expect(finding.isProven == nil && finding.text.contains("do not see `\(kind.rawValue)`"))
        }
    }

    @Test func aForwardersOwnProbesDisproveNothing() throws {
        let fields = #""mode":"drop","place":"forward","local":["10.0.1.1"]"#
        #expect(try judge(.partition, fields, result(), result()).isProven == nil)
    }

    @Test func binomialTailsAddUp() {
        #expect(abs(Binomial.atLeast(3, of: 10, 0.2) + Binomial.atMost(2, of: 10, 0.2) - 1) < 1e-9)
        #expect(abs(Binomial.atMost(0, of: 5, 0.2) - 0.32768) < 1e-9)
        #expect(Binomial.atLeast(0, of: 5, 0.2) == 1 && Binomial.atMost(5, of: 5, 0.2) == 1)
        #expect(Binomial.atLeast(1, of: 1000, 0) == 0 && Binomial.atLeast(1000, of: 1000, 1) == 1)
    }
}

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized)
struct ProofOfEffectOnHostTests {
    private func partition(_ peer: String, id: String = "cut") -> String {
        #""id":"\#(id)","kind":"partition","mechanism":"iptables","peers":["\#(peer)"]"#
    }

    @Test func aPartitionIsProvenFromOutside() throws {
        let fabric = try TestFabric()
        let executor = try HostProcess(in: fabric.hosts[0])
        let reply = try executor.inject(partition("10.77.0.2"), probes: #"{"address":"10.77.0.2"}"#)
        #expect(reply.ok == true && reply.effective == true)
        let proof = try executor.event("proof")
        #expect(proof.fault == "cut" && proof.proven == true)
        #expect(proof.evidence == "ping 10.77.0.2: answered before, silent now")
        #expect(proof.probes?.first?.answered == 0)
        // What OUTPUT drops fails at once here.
        #expect(proof.probes?.first?.failure?.isEmpty == false)
    }

    @Test func aRuleThatMissesTheFarEndIsDisproven() throws {
        let fabric = try TestFabric()
        let executor = try HostProcess(in: fabric.hosts[0])
        #expect(try executor.inject(partition("10.77.0.99"), probes: #"{"address":"10.77.0.2"}"#).effective == true)
        let proof = try executor.event("proof")
        #expect(proof.proven == false && proof.evidence?.hasPrefix("no effect seen: ") == true)
    }

    @Test func aFarEndThatWasNeverThereIsNoProof() throws {
        let fabric = try TestFabric()
        let executor = try HostProcess(in: fabric.hosts[0])
        try executor.inject(partition("10.77.0.99"), probes: #"{"address":"10.77.0.99"}"#)
        let proof = try executor.event("proof")
        #expect(proof.proven == nil && proof.evidence?.contains("did not answer before") == true)
    }

    @Test func withoutProbesNoProofIsSent() throws {
        let fabric = try TestFabric()
        let executor = try HostProcess(in: fabric.hosts[0])
        #expect(try executor.inject(partition("10.77.0.98", id: "unseen")).ok == true)
        #expect(try executor.inject(partition("10.77.0.2", id: "seen"), probes: #"{"address":"10.77.0.2"}"#).ok == true)
        #expect(try executor.event("proof").fault == "seen")
    }

    @Test func aBandwidthLimitOnTheWireIsProven() throws {
        let fabric = try TestFabric()
        let executor = try HostProcess(in: fabric.hosts[0])
        let probe = #""op":"probe","probes":[{"address":"10.77.0.2","count":20,"size":"1400B"}]"#
        let before = try #require(try executor.ask(probe).probes)
        let limit = try fabric.hosts[1].run(
            "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "800kbit", "burst", "2k", "limit", "1m")
        #expect(limit.code == 0, "\(limit.output)")
        let after = try #require(try executor.ask(probe).probes)
        let (value, problems) = ObjectReader.read(
            #"{"limit":"100KiB/s"}"#, name: "fault",
            as: ObjectShape("a fault", [.required("limit", .scalar(ScalarRule(.byteRate)), "")]))
        let finding = ProofOfEffect.judge(
            kind: .bandwidth, parameters: try #require(value, "\(problems)"), before: before, after: after)
        #expect(finding.isProven == true, "\(finding.text)")
    }

    @Test func lossOnTheWayIsProven() throws {
        let fabric = try TestFabric()
        let executor = try HostProcess(in: fabric.hosts[0])
        let probe = #""op":"probe","probes":[{"address":"10.77.0.2","count":300}]"#
        let before = try #require(try executor.ask(probe).probes)
        // By the very rule that a loss through iptables would make.
        try fabric.hosts[0].run(
            "iptables-nft", "-A", "INPUT", "-s", "10.77.0.2", "-m", "statistic", "--mode", "random", "--probability",
            "0.200000", "-j", "DROP")
        let after = try #require(try executor.ask(probe).probes)
        let (value, _) = ObjectReader.read(
            #"{"share":"20%","direction":"in"}"#, name: "fault",
            as: ObjectShape(
                "a fault",
                [
                    .required("share", .scalar(ScalarRule(.share)), ""),
                    .required("direction", .word(["in", "out", "both"]), ""),
                ]))
        let finding = ProofOfEffect.judge(
            kind: .loss, parameters: try #require(value), before: before, after: after)
        #expect(finding.isProven == true, "\(finding.text)")
    }
}
