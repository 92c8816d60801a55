import ChaosLinux
import Foundation
import Testing

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized)
struct IPTablesPartitionTests {
    static let flavours = ["nft", "legacy"]

    /// Rules of somebody else, which must be the same afterwards; with counters left out, for packets count on.
    private func prepared(_ flavour: String) throws -> (fabric: TestFabric, rules: () throws -> String) {
        let fabric = try TestFabric()
        let host = fabric.hosts[0]
        for command in ["iptables", "ip6tables"].map({ "\($0)-\(flavour)" }) {
            try host.run(command, "-N", "FOREIGN")
            try host.run(command, "-A", "INPUT", "-p", "udp", "--dport", "9", "-j", "FOREIGN")
            try host.run(command, "-A", "FOREIGN", "-m", "comment", "--comment", "someone GAUNTLET-", "-j", "DROP")
            try host.run(command, "-A", "OUTPUT", "-p", "tcp", "--dport", "25", "-j", "REJECT")
        }
        let rules = {
            try [
                "iptables-nft-save", "iptables-legacy-save", "ip6tables-nft-save", "ip6tables-legacy-save",
            ].map { try host.run($0).output.replacing(/(?m)^#.*$|\[\d+:\d+\]/, with: "") }.joined()
        }
        #expect(try rules().contains("someone GAUNTLET-"))
        return (fabric, rules)
    }

    private func partition(_ flavour: String, _ host: TestHost, _ more: String = "") -> String {
        #""id":"cut","kind":"partition","mechanism":"iptables-\#(flavour)","peers":["\#(host.address)"]\#(more)"#
    }

    @Test(arguments: flavours)
    func aPartitionSilencesAPeerAndIsTakenBackToTheLastRule(_ flavour: String) throws {
        let (fabric, rules) = try prepared(flavour)
        let (near, far) = (fabric.hosts[0], fabric.hosts[1])
        let before = try rules()
        let executor = try HostProcess(in: near)
        #expect(try near.reaches(far))
        let cut = try executor.inject(
            #""id":"cut","kind":"partition","mechanism":"iptables-\#(flavour)","peers":["\#(far.address)","fd00:77::2"]"#
        )
        #expect(cut.ok == true && cut.effective == true, "\(String(describing: cut.error))")
        #expect(cut.mechanism == "iptables-\(flavour)")
        #expect(cut.evidence?.contains("EPERM") == true)
        #expect(cut.targets == [far.address, "fd00:77::2"])
        #expect(try !near.reaches(far) && !far.reaches(near))
        #expect(try near.run("ip6tables-\(flavour)", "-S").output.contains("-s fd00:77::2/128 -j DROP"))
        #expect(try executor.ask(#""op":"status""#).held?.first?.effective == true)
        #expect(try executor.revert("cut").clean == true)
        #expect(try near.reaches(far) && rules() == before)
        #expect(executor.records.isEmpty)
        executor.closeInput()
        #expect(try executor.ended() == 0)
    }

    @Test(arguments: flavours)
    func aPartitionIsGoneWithinASecondOfItsExecutorsDeath(_ flavour: String) throws {
        let (fabric, rules) = try prepared(flavour)
        let before = try rules()
        let executor = try HostProcess(in: fabric.hosts[0], lease: "30s")
        #expect(try executor.inject(partition(flavour, fabric.hosts[1])).ok == true)
        #expect(try rules() != before)
        executor.crash()
        #expect(try eventually(within: 1) { try rules() == before })
        #expect(try fabric.hosts[0].reaches(fabric.hosts[1]))
    }

    @Test(arguments: flavours)
    func aPartitionIsGoneAfterTheEndOfInput(_ flavour: String) throws {
        let (fabric, rules) = try prepared(flavour)
        let before = try rules()
        let executor = try HostProcess(in: fabric.hosts[0])
        #expect(try executor.inject(partition(flavour, fabric.hosts[1])).ok == true)
        executor.closeInput()
        #expect(try executor.ended() == 0)
        #expect(try rules() == before)
    }

    @Test(arguments: flavours)
    func aPartitionIsGoneAfterTheLeaseOfAHungExecutor(_ flavour: String) throws {
        let (fabric, rules) = try prepared(flavour)
        let before = try rules()
        let executor = try HostProcess(in: fabric.hosts[0], lease: "1s")
        #expect(try executor.inject(partition(flavour, fabric.hosts[1])).ok == true)
        kill(executor.process.processIdentifier, SIGSTOP)
        #expect(try rules() != before)
        #expect(try eventually(within: 3) { try rules() == before })
        #expect(try executor.ended() == -SIGKILL)
    }

    @Test(arguments: flavours)
    func aHalfDonePartitionAndForeignChangesMeanwhileAreNoTrouble(_ flavour: String) throws {
        let (fabric, rules) = try prepared(flavour)
        let host = fabric.hosts[0]
        let executor = try HostProcess(in: host)
        #expect(try executor.inject(partition(flavour, fabric.hosts[1])).ok == true)
        // Somebody adds a rule of his own, before ours, and removes one of our jumps.
        try host.run("iptables-\(flavour)", "-I", "INPUT", "1", "-p", "udp", "--dport", "10", "-j", "DROP")
        let jump = try #require(
            try host.run("iptables-\(flavour)", "-S", "OUTPUT").output.split(separator: "\n").first {
                $0.contains("-j GAUNTLET-")
            })
        try host.run("iptables-\(flavour)", "-D", "OUTPUT", "-j", String(jump.split(separator: " ").last ?? ""))
        let held = try executor.ask(#""op":"status""#).held?.first
        #expect(held?.effective == false && held?.evidence.contains("another changed it") == true)
        #expect(try executor.revert("cut").clean == true)
        let after = try rules()
        #expect(!after.contains(/GAUNTLET-[0-9A-F]/) && after.contains("--dport 10 -j DROP"))
    }

    @Test(arguments: flavours)
    func aRefusalIsSeenByBothSidesAtOnce(_ flavour: String) throws {
        let (fabric, rules) = try prepared(flavour)
        let before = try rules()
        let listeners = try fabric.hosts.map { try $0.listen(port: 4321) }
        defer { withExtendedLifetime(listeners) {} }
        let executor = try HostProcess(in: fabric.hosts[0])
        let other = try HostProcess(in: fabric.hosts[1])
        func connects(_ executor: HostProcess, _ to: TestHost) throws -> ProbeResult? {
            try executor.ask(#""op":"probe","probes":[{"address":"\#(to.address)","port":4321,"count":3}]"#).probes?
                .first
        }
        #expect(try connects(executor, fabric.hosts[1])?.answered == 3)
        #expect(try connects(other, fabric.hosts[0])?.answered == 3)
        #expect(try executor.inject(partition(flavour, fabric.hosts[1], #","mode":"reject""#)).ok == true)
        #expect(try connects(executor, fabric.hosts[1])?.refused == 3)
        #expect(try connects(other, fabric.hosts[0])?.refused == 3)
        #expect(try executor.revert("cut").clean == true)
        #expect(try connects(other, fabric.hosts[0])?.answered == 3 && rules() == before)
    }

    @Test func oneDirectionOnePortLeavesTheRest() throws {
        let (fabric, _) = try prepared("nft")
        let listener = try fabric.hosts[1].listen(port: 4321)
        defer { withExtendedLifetime(listener) {} }
        let executor = try HostProcess(in: fabric.hosts[0])
        let reply = try executor.inject(
            partition("nft", fabric.hosts[1], #","direction":"in","protocol":"tcp","port":4321"#))
        #expect(reply.ok == true && reply.evidence?.contains("EPERM") == false)
        #expect(try fabric.hosts[0].reaches(fabric.hosts[1]))
        let probe = #"{"address":"\#(fabric.hosts[1].address)","port":4321}"#
        #expect(try executor.ask(#""op":"probe","probes":[\#(probe)]"#).probes?.first?.answered == 0)
        #expect(try executor.revert("cut").clean == true)
        #expect(try executor.ask(#""op":"probe","probes":[\#(probe)]"#).probes?.first?.answered == 5)
    }

    @Test func theRunnersOwnFlowIsExempt() throws {
        let (fabric, _) = try prepared("nft")
        let listeners = try [4321, 4322].map { try fabric.hosts[1].listen(port: $0) }
        defer { withExtendedLifetime(listeners) {} }
        let far = fabric.hosts[1].address
        let executor = try HostProcess(in: fabric.hosts[0], hello: #","control":["\#(far):4322"]"#)
        #expect(try executor.inject(partition("nft", fabric.hosts[1])).ok == true)
        let probes = [4321, 4322].map { #"{"address":"\#(far)","port":\#($0)}"# }.joined(separator: ",")
        let results = try executor.ask(#""op":"probe","probes":[\#(probes)]"#).probes
        #expect(results?.map(\.answered) == [0, 5])
    }

    @Test func plainIPTablesTakesTheOneThatServesAndLeavesTheHostAsItWas() throws {
        let fabric = try TestFabric()
        try fabric.hosts[0].settleIPTables()
        let before = try fabric.hosts[0].fingerprint()
        let executor = try HostProcess(in: fabric.hosts[0])
        let reply = try executor.inject(
            #""id":"cut","kind":"partition","mechanism":"iptables","peers":["10.77.0.2"]"#)
        #expect(reply.mechanism == "iptables-nft", "\(String(describing: reply.error))")
        #expect(try fabric.hosts[0].fingerprint() != before)
        #expect(try executor.revert("cut").clean == true)
        let after = try fabric.hosts[0].fingerprint()
        #expect(after == before, "\(after.split(separator: "\n").filter { !before.contains($0) })")
    }

    @Test(arguments: [
        (#""interface":"eth9""#, "no interface `eth9`"),
        (#""interface":"eth0+""#, "iptables cannot name the interface `eth0+`"),
        (#""local":["fd00::1"]"#, "no address in `local` is of the family of the peer 10.77.0.2"),
        (#""port":80"#, "a port needs `protocol` tcp or udp"),
    ])
    func whatCannotBeIsOneErrorAndChangesNothing(_ more: String, _ message: String) throws {
        let (fabric, rules) = try prepared("nft")
        let before = try rules()
        let executor = try HostProcess(in: fabric.hosts[0])
        let reply = try executor.inject(partition("nft", fabric.hosts[1], ",\(more)"))
        #expect(reply.ok == false && reply.error?.message == message)
        #expect(try rules() == before && executor.records.isEmpty)
    }

    @Test func aChainThatIsThereAlreadyIsNotTakenOver() throws {
        let (fabric, rules) = try prepared("nft")
        let first = try HostProcess(in: fabric.hosts[0])
        #expect(try first.inject(partition("nft", fabric.hosts[1])).ok == true)
        let held = try rules()
        // The same run may have a second executor here; the same fault has one holder.
        let second = try HostProcess(in: fabric.hosts[0], state: first.state)
        let reply = try second.inject(partition("nft", fabric.hosts[1]))
        #expect(reply.error?.code == "busy" && reply.error?.message.contains("is there already") == true)
        #expect(try rules() == held)
    }
}
