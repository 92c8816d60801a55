import Glibc

/// Rules through iptables-restore, in a chain of ours.
///
/// The kernel gives no lease here: what keeps a promise is the undo log, and the guardian that pays it.
package enum IPTables {
    /// Which of the kernel's two packet filters the programs speak to. Their rules are apart; packets pass both.
    enum Flavour: String, CaseIterable {
        case nft, legacy

        /// As `mechanism:` names it.
        var mechanism: String { "iptables-\(rawValue)" }

        /// `ip6tables-nft-restore`.
        func program(_ verb: String, isV6: Bool) -> String { "\(isV6 ? "ip6tables" : "iptables")-\(rawValue)-\(verb)" }

        /// Nil if it serves.
        var missing: Capability? {
            for verb in ["restore", "save"] where ProgramRun.find(program(verb, isV6: false)) == nil {
                return Capability(
                    mechanism, missing: "no program `\(program(verb, isV6: false))`",
                    remedy: "install the package iptables")
            }
            // A kernel without it, or no privilege. Saving registers no table.
            do {
                _ = try saved(isV6: false)
                // It succeeds without any table, too.
                return lacksKernel
            } catch {
                return Capability(mechanism, missing: error.message, remedy: error.hint)
            }
        }

        /// Nil if the kernel has what this flavour talks to; known only after the program has loaded what it can.
        private var lacksKernel: Capability? {
            switch self {
            case .nft:
                NftSupport.hasIP
                    ? nil
                    : Capability(
                        mechanism, missing: "this kernel's nftables has no family ip",
                        remedy: "a kernel with CONFIG_NF_TABLES_IPV4")
            case .legacy:
                SmallFile.exists("/proc/net/ip_tables_names")
                    ? nil
                    : Capability(
                        mechanism, missing: "this kernel has no ip_tables",
                        remedy: "a kernel with CONFIG_IP_NF_IPTABLES_LEGACY, or its module ip_tables")
            }
        }

        /// The output of `iptables-save`; all tables, because naming one would register it where there is none.
        func saved(isV6: Bool) throws(HostError) -> String {
            let program = program("save", isV6: isV6)
            let outcome = try ProgramRun.run([program], limit: 10_000_000_000, capture: 1 << 28)
            guard outcome.isSuccess, !outcome.isCut else {
                throw HostError(
                    geteuid() == 0 ? .failed : .privilege, "\(program): \(outcome.reason)",
                    hint: geteuid() == 0 ? "" : "run as root, or inside a namespace of your own")
            }
            return outcome.outputText
        }

        /// What restores; it waits so long for the lock that keeps two programs from overwriting each other's rules.
        func restoring(isV6: Bool, patience seconds: Int) -> [String] {
            [program("restore", isV6: isV6), "--noflush", "-w", "\(seconds)"]
        }
    }

    /// `iptables` (whatever serves, nft first), `iptables-nft` and `iptables-legacy`.
    static let capabilities: [Capability] = {
        let flavours = Flavour.allCases.map { $0.missing ?? Capability($0.mechanism) }
        let any =
            flavours.contains(where: \.isPresent)
            ? Capability("iptables")
            : Capability("iptables", missing: flavours[0].missing, remedy: flavours[0].remedy)
        return [any] + flavours
    }()

    /// Whether `mechanism:` means one of ours.
    static func serves(_ mechanism: String) -> Bool { capabilities.contains { $0.mechanism == mechanism } }

    /// Throws if the mechanism asked for does not serve here.
    static func flavour(_ mechanism: String) throws(HostError) -> Flavour {
        guard let capability = capabilities.first(where: { $0.mechanism == mechanism }) else {
            throw HostError(
                .unsupported, "no mechanism `\(mechanism)`",
                hint: "write \(capabilities.map { "`\($0.mechanism)`" }.joined(separator: ", "))")
        }
        let present = Flavour.allCases.first { flavour in
            (mechanism == "iptables" || mechanism == flavour.mechanism)
                && capabilities.contains { $0.mechanism == flavour.mechanism && $0.isPresent }
        }
        guard let present else {
            throw HostError(
                geteuid() == 0 ? .unsupported : .privilege,
                "`\(mechanism)` does not serve here: \(capability.missing ?? "")",
                hint: capability.remedy)
        }
        return present
    }

    /// Removes our jumps by their exact rule and our chains by name; also of a half-done injection.
    package static func pay(flavour: String, family: String, table: String, chain: String, hooks: [String]) -> Payment {
        let known = hooks.compactMap(IPTablesRules.Hook.init(rawValue:))
        guard let flavour = Flavour(rawValue: flavour), ["ip", "ip6"].contains(family), table == IPTablesRules.table,
            IPTablesRules.isOurs(chain), known.count == hooks.count
        else { return .owed("an iptables chain `\(chain)` that is not ours") }
        return remove(flavour, isV6: family == "ip6", chain: chain, hooks: known)
    }

    private static func remove(
        _ flavour: Flavour, isV6: Bool, chain: String, hooks: [IPTablesRules.Hook]
    ) -> Payment {
        var payment = Payment.nothingThere
        do throws(HostError) {
            // Another may change rules between the look and the removal, and a dying process of ours end it before us:
            // then the removal fails as a whole, and the next look tells what is left.
            for attempt in 0..<20 {
                let presence = IPTablesPresence(try flavour.saved(isV6: isV6), chain: chain, hooks: hooks)
                if presence.isEmpty { return payment == .nothingThere ? .nothingThere : .paid }
                if attempt > 0 { usleep(20_000) }
                let outcome = try ProgramRun.run(
                    flavour.restoring(isV6: isV6, patience: 5), input: Array(presence.removal(chain: chain).utf8),
                    limit: 10_000_000_000)
                payment =
                    outcome.isSuccess
                    ? .paid : .owed("\(flavour.program("restore", isV6: isV6)): \(outcome.reason)")
                if outcome.isTimedOut { return payment }
            }
        } catch {
            return .owed("\(chain): \(error.text)")
        }
        return payment == .paid ? .owed("\(chain) comes back whenever it is removed") : payment
    }
}
