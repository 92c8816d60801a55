/// One transaction of nftables: all of it comes into force between two packets, or none. Pure.
struct NftBatch {
    enum Kind: UInt16, Sendable {
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

        /// Below NFNL_SUBSYS_NFTABLES.
        var type: UInt16 { 10 << 8 | rawValue }
    }

    private var writer = NetlinkWriter()
    private var sequence: UInt32 = 0
    /// What each message does, for errors.
    private(set) var labels: [UInt32: String] = [:]

    init() { mark(0x10) }

    mutating func add(
        _ kind: Kind, _ family: NftTable.Family, flags: UInt16 = 0, _ label: String,
        _ body: (inout NetlinkWriter) -> Void
    ) {
        sequence += 1
        labels[sequence] = label
        writer.message(kind.type, flags: Netlink.request | flags, sequence: sequence) {
            $0.append([family.rawValue, 0, 0, 0])
            body(&$0)
        }
    }

    /// Whole; or without its end, so that the kernel checks it all and then puts nothing in force.
    func finished(isTrial: Bool = false) -> (bytes: [UInt8], last: UInt32) {
        var whole = self
        // One answer says that all is in force; errors are answered anyhow.
        whole.writer.flagLast(Netlink.acknowledge)
        if !isTrial { whole.mark(0x11) }
        return (whole.writer.bytes, sequence)
    }

    /// NFNL_MSG_BATCH_BEGIN or _END, for nftables.
    private mutating func mark(_ type: UInt16) {
        writer.message(type, flags: Netlink.request, sequence: type == 0x10 ? 0 : sequence + 1) {
            $0.append([0, 0, 0, 10])
        }
    }

    /// One question outside of any transaction.
    static func request(
        _ kind: Kind, family: UInt8, flags: UInt16, _ body: (inout NetlinkWriter) -> Void = { _ in }
    ) -> [UInt8] {
        var writer = NetlinkWriter()
        writer.message(kind.type, flags: Netlink.request | flags, sequence: 1) {
            $0.append([family, 0, 0, 0])
            body(&$0)
        }
        return writer.bytes
    }
}
