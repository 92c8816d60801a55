import Glibc

/// What this kernel's nftables can do, in this network namespace. Asked once, by transactions that are never ended: the
/// kernel checks them and puts nothing in force.
package struct NftSupport: Hashable, Sendable {
    /// Nil if nftables serves; else what is missing and what would bring it.
    package var missing: HostError?
    /// Tables that go with the socket that made them (5.12).
    var hasOwner = false
    /// A hook behind routing and queueing for each interface (5.16, CONFIG_NETFILTER_EGRESS).
    var hasEgress = false
    /// `queue` as an expression of its own (CONFIG_NFT_QUEUE).
    var hasQueue = false
    /// The xtables target NFQUEUE through CONFIG_NFT_COMPAT.
    var hasXtQueue = false

    package static let current = NftSupport()

    /// The family of IPv4 alone (CONFIG_NF_TABLES_IPV4), which iptables-nft uses.
    static let hasIP: Bool = {
        guard let socket = try? NftSocket.idle() else { return false }
        defer { socket.rest() }
        return takes(NftTable(family: .ip, name: name), socket)
    }()

    /// The family of frames between a bridge's ports (CONFIG_NF_TABLES_BRIDGE); only routers ask.
    static let hasBridge: Bool = {
        guard let socket = try? NftSocket.idle() else { return false }
        defer { socket.rest() }
        return takes(NftTable(family: .bridge, name: name), socket)
    }()

    private init() {
        do {
            let socket = try NftSocket()
            try socket.greet()
            hasOwner = Self.takes(NftTable(family: .inet, name: Self.name), isOwned: true, socket)
            hasEgress = Self.takes(Self.table(.netdev, .egress(["lo"]), []), socket)
            hasQueue = Self.takes(Self.table(.inet, .input, [.queue(0)]), socket)
            hasXtQueue = Self.takes(Self.table(.inet, .input, [.xtQueue(0)]), socket)
            if !hasOwner, !Self.takes(NftTable(family: .inet, name: Self.name), socket) {
                missing = HostError(
                    .unsupported, "this kernel's nftables has no family inet",
                    hint: "a kernel with CONFIG_NF_TABLES_INET")
            }
        } catch {
            missing =
                error.code == .privilege
                ? error
                : HostError(.unsupported, "this kernel has no nftables", hint: "a kernel with CONFIG_NF_TABLES")
        }
    }

    private static let name = "gauntlet-trial"

    private static func table(
        _ family: NftTable.Family, _ hook: NftTable.Chain.Hook, _ expressions: [NftExpression]
    ) -> NftTable {
        NftTable(
            family: family, name: name,
            chains: [
                .init(
                    name: "trial", hook: hook,
                    rules: expressions.isEmpty ? [] : [.init(comment: "trial", expressions: expressions)])
            ])
    }

    private static func takes(_ table: NftTable, isOwned: Bool = false, _ socket: NftSocket) -> Bool {
        var batch = NftBatch()
        table.create(in: &batch, isOwned: isOwned, lease: 1)
        do throws(HostError) {
            try socket.rehearse(batch)
            return true
        } catch {
            return false
        }
    }
}
