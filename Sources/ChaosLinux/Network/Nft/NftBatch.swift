import Glibc

/// One transaction of nftables: all of it comes into force between two packets, or none. Pure.
package struct NftBatch {
    package enum Kind: UInt16, Sendable {
        case newTable = 0
        case getTable = 1
        case deleteTable = 2
        case newChain = 3
        case getChain = 4
        case newRule = 6
        case getRule = 7
        case newSet = 9
        case newElements = 12
        case getElements = 13
        case deleteElements = 14
        case getGeneration = 16

        package var type: UInt16 { Netfilter.nftables << 8 | rawValue }
    }

    private var writer = NetlinkWriter()
    private var sequence: UInt32 = 0
    /// What each message does, for errors.
    private(set) var labels: [UInt32: String] = [:]
    private var rules: Set<UInt32> = []

    package init() { mark(Netfilter.batchBegin) }

    mutating func add(
        _ kind: Kind, _ family: NftTable.Family, flags: UInt16 = 0, _ label: String,
        _ body: (inout NetlinkWriter) -> Void
    ) {
        sequence += 1
        labels[sequence] = label
        if kind == .newRule { rules.insert(sequence) }
        writer.message(kind.type, flags: Netlink.request | flags, sequence: sequence) {
            $0.header(family: family.rawValue)
            body(&$0)
        }
    }

    /// Why the kernel refused a message of this batch.
    package func failure(_ answer: NetlinkAnswer) -> HostError {
        var failure = answer.failure(labels[answer.sequence] ?? "changing nftables")
        switch answer.error {
        case EPERM: failure.hint = "needs CAP_NET_ADMIN: run as root, or in a network namespace of your own"
        case ENOENT where rules.contains(answer.sequence):
            // Tables, chains and sets of a rule are made before it: what is missing is an expression.
            failure.code = .unsupported
            failure.hint =
                "a kernel with CONFIG_NFT_REJECT_INET (reject), CONFIG_NFT_NUMGEN (loss), CONFIG_NFT_COMPAT (queue)"
        default: break
        }
        return failure
    }

    /// Whole; or without its end, so that the kernel checks it all and then puts nothing in force.
    package func finished(isTrial: Bool = false) -> (bytes: [UInt8], last: UInt32) {
        var whole = self
        // One answer says that all is in force; errors are answered anyhow.
        whole.writer.flagLast(Netlink.acknowledge)
        if !isTrial { whole.mark(Netfilter.batchEnd) }
        return (whole.writer.bytes, sequence)
    }

    /// Where nftables' part begins or ends.
    private mutating func mark(_ type: UInt16) {
        writer.message(type, flags: Netlink.request, sequence: type == Netfilter.batchBegin ? 0 : sequence + 1) {
            $0.header(family: 0, resource: Netfilter.nftables)
        }
    }

    /// One question outside of any transaction.
    static func request(
        _ kind: Kind, family: UInt8, flags: UInt16 = 0, _ body: (inout NetlinkWriter) -> Void = { _ in }
    ) -> [UInt8] {
        NetlinkWriter.request(kind.type, flags: flags) {
            $0.header(family: family)
            body(&$0)
        }
    }
}
