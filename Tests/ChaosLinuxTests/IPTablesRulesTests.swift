import ChaosLinux
import ChaosPlan
import Testing

@Suite struct IPTablesRulesTests {
    static func match(_ fields: String, exempt: [ControlFlow] = []) throws -> TrafficMatch {
        let (value, problems) = ObjectReader.read(
            "{\(fields)}", name: "match", as: ObjectShape("a match", TrafficMatch.keys))
        return try TrafficMatch(#require(value, "\(problems)"), exempt: exempt)
    }

    private func lines(
        _ fields: String, _ verdict: IPTablesRules.Verdict = .drop, exempt: [ControlFlow] = [], isV6: Bool = false
    ) throws -> [String] {
        let rules = IPTablesRules(
            try Self.match(fields, exempt: exempt), verdict: verdict, chain: "GAUNTLET-00000001", isV6: isV6)
        return try #require(rules).injection.split(separator: "\n").map(String.init)
    }

    @Test func aSymmetricDropHasAChainAndAJumpForEachHookInOneTransaction() throws {
        #expect(
            try lines(#""peers":["10.0.0.2","10.1.0.0/16"]"#) == [
                "*filter", ":GAUNTLET-00000001-I - [0:0]", ":GAUNTLET-00000001-O - [0:0]",
                "-A GAUNTLET-00000001-I -s 10.0.0.2 -j DROP", "-A GAUNTLET-00000001-I -s 10.1.0.0/16 -j DROP",
                "-A GAUNTLET-00000001-O -d 10.0.0.2 -j DROP", "-A GAUNTLET-00000001-O -d 10.1.0.0/16 -j DROP",
                "-I INPUT 1 -j GAUNTLET-00000001-I", "-I OUTPUT 1 -j GAUNTLET-00000001-O", "COMMIT",
            ])
    }

    @Test func oneDirectionTouchesOneHookOnly() throws {
        #expect(
            try lines(
                #""peers":["10.0.0.2"],"direction":"out","protocol":"tcp","port":80,"interface":"eth0","user":33"#)
                == [
                    "*filter", ":GAUNTLET-00000001-O - [0:0]",
                    "-A GAUNTLET-00000001-O -d 10.0.0.2 -o eth0 -p tcp --dport 80 -m owner --uid-owner 33 -j DROP",
                    "-I OUTPUT 1 -j GAUNTLET-00000001-O", "COMMIT",
                ])
        let arriving = try lines(
            #""peers":["10.0.0.2"],"local":["10.0.0.1"],"direction":"in","protocol":"udp","port":53,"local-port":99"#)
        #expect(
            arriving[2] == "-A GAUNTLET-00000001-I -s 10.0.0.2 -d 10.0.0.1 -p udp --sport 53 --dport 99 -j DROP")
    }

    @Test func aForwarderHasBothDirectionsInOneChain() throws {
        let rules = try lines(#""peers":["10.0.0.2"],"local":["10.0.1.1"],"place":"forward""#)
        #expect(
            rules == [
                "*filter", ":GAUNTLET-00000001-F - [0:0]", "-A GAUNTLET-00000001-F -s 10.0.0.2 -d 10.0.1.1 -j DROP",
                "-A GAUNTLET-00000001-F -d 10.0.0.2 -s 10.0.1.1 -j DROP", "-I FORWARD 1 -j GAUNTLET-00000001-F",
                "COMMIT",
            ])
    }

    @Test func aRefusalResetsTCPAndLetsRefusalsPass() throws {
        let rules = try lines(#""peers":["10.0.0.2"],"direction":"in""#, .reject)
        #expect(
            rules[2...5] == [
                "-A GAUNTLET-00000001-I -p tcp --tcp-flags RST RST -j RETURN",
                "-A GAUNTLET-00000001-I -p icmp --icmp-type destination-unreachable -j RETURN",
                "-A GAUNTLET-00000001-I -s 10.0.0.2 -p tcp -j REJECT --reject-with tcp-reset",
                "-A GAUNTLET-00000001-I -s 10.0.0.2 -j REJECT",
            ])
    }

    @Test func controlFlowsComeFirstAndGoBackToForeignRules() throws {
        let exempt = [
            ControlFlow(address: "10.0.0.9", port: 4000, localPort: 22),
            ControlFlow(address: "fd00::9", port: 4000, localPort: nil),
        ]
        let rules = try lines(#""peers":["10.0.0.0/8"]"#, exempt: exempt)
        #expect(rules[3] == "-A GAUNTLET-00000001-I -s 10.0.0.9 -p tcp --sport 4000 --dport 22 -j RETURN")
        #expect(rules[5] == "-A GAUNTLET-00000001-O -d 10.0.0.9 -p tcp --dport 4000 --sport 22 -j RETURN")
        #expect(rules.count == 10)
        let six = try lines(#""peers":["fd00::/8"]"#, exempt: exempt, isV6: true)
        #expect(six[3] == "-A GAUNTLET-00000001-I -s fd00::9 -p tcp --sport 4000 -j RETURN")
    }

    @Test func eachFamilyHasItsOwnRulesAndNoneWithoutAPair() throws {
        let both = try Self.match(#""peers":["10.0.0.2","fd00::2"],"protocol":"icmp","direction":"in""#)
        let six = try #require(IPTablesRules(both, verdict: .drop, chain: "GAUNTLET-00000001", isV6: true))
        #expect(six.injection.contains("-A GAUNTLET-00000001-I -s fd00::2 -p ipv6-icmp -j DROP\n"))
        #expect(!six.injection.contains("10.0.0.2"))
        let unpaired = try Self.match(#""peers":["10.0.0.2"],"local":["fd00::1"]"#)
        for isV6 in [false, true] {
            #expect(IPTablesRules(unpaired, verdict: .drop, chain: "GAUNTLET-00000001", isV6: isV6) == nil)
        }
    }

    @Test func randomLossIsWrittenAsADecimalFraction() throws {
        for (ppm, text) in [(50_000, "0.050000"), (1, "0.000001"), (1_000_000, "1.000000")] as [(Int64, String)] {
            let rules = try lines(#""peers":["10.0.0.2"],"direction":"in""#, .lose(Share(partsPerMillion: ppm)))
            #expect(
                rules[2]
                    == "-A GAUNTLET-00000001-I -s 10.0.0.2 -m statistic --mode random --probability \(text) -j DROP")
        }
    }

    @Test func aChainsNameFitsAndTellsRunsAndFaultsApart() {
        let names = ["a", "b"].flatMap { run in ["x", "y"].map { IPTablesRules.chain(run: run, fault: $0) } }
        #expect(Set(names).count == 4)
        for name in names {
            #expect(IPTablesRules.isOurs(name))
            for hook in IPTablesRules.Hook.allCases {
                #expect(IPTablesRules.chain(name, at: hook).utf8.count <= 28)
            }
        }
        for foreign in ["INPUT", "GAUNTLET-", "GAUNTLET-1234567G", "GAUNTLET-12345678-I", "gauntlet-12345678"] {
            #expect(!IPTablesRules.isOurs(foreign))
        }
    }

    @Test func whatIsSavedTellsWhatIsOursAndOnlyThatIsRemoved() {
        let saved = """
            *nat
            :GAUNTLET-00000001-I - [0:0]
            -A INPUT -j GAUNTLET-00000001-I
            COMMIT
            *filter
            :INPUT ACCEPT [5:300]
            :GAUNTLET-00000001-I - [0:0]
            :GAUNTLET-00000002-I - [0:0]
            -A INPUT -j GAUNTLET-00000001-I
            -A INPUT -s 10.0.0.1/32 -j GAUNTLET-00000001-I
            -A INPUT -j GAUNTLET-00000002-I
            -A GAUNTLET-00000001-I -s 10.0.0.2/32 -j DROP
            COMMIT
            """
        let presence = IPTablesPresence(saved, chain: "GAUNTLET-00000001", hooks: [.input, .output])
        #expect(presence.chains == [.input: 1] && presence.jumps == [.input: 1])
        #expect(
            presence.removal(chain: "GAUNTLET-00000001")
                == "*filter\n-D INPUT -j GAUNTLET-00000001-I\n-F GAUNTLET-00000001-I\n-X GAUNTLET-00000001-I\nCOMMIT\n")
        #expect(IPTablesPresence(saved, chain: "GAUNTLET-00000003", hooks: [.input]).isEmpty)
    }

    @Test func nothingForeignIsEverPaidFor() {
        for (family, table, chain, hooks) in [
            ("ip", "filter", "INPUT", ["INPUT"]), ("ip", "nat", "GAUNTLET-00000001", ["INPUT"]),
            ("bridge", "filter", "GAUNTLET-00000001", ["INPUT"]), ("ip", "filter", "GAUNTLET-00000001", ["DOCKER"]),
        ] {
            let payment = IPTables.pay(flavour: "nft", family: family, table: table, chain: chain, hooks: hooks)
            #expect(payment == .owed("an iptables chain `\(chain)` that is not ours"))
        }
    }
}
