/// One step of a rule: load something into the register, compare it, act. Pure.
///
/// A rule's expressions run in order; a comparison that fails ends the rule. Only register 1 is used.
package enum NftExpression: Hashable, Sendable {
    package enum Meta: UInt32, Sendable {
        /// The ethertype, in network byte order.
        case ethertype = 1
        /// Of the packet (SO_MARK, other rules), in this machine's byte order.
        case mark = 3
        /// Index of the outgoing interface, in this machine's byte order.
        case outgoingIndex = 5
        /// Names, padded with zeros to 16 bytes.
        case incomingName = 6
        case outgoingName = 7
        /// Of the local sender, in this machine's byte order; ends the rule where there is no sender with an open socket.
        case user = 10
        /// NFPROTO_IPV4 or _IPV6, one byte.
        case family = 15
        /// The IP protocol, one byte.
        case transport = 16
    }

    package enum Header: UInt32, Sendable { case network = 1, transport }

    package enum Comparison: UInt32, Sendable { case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual }

    package enum Verdict: Hashable, Sendable { case accept, drop }

    package enum Refusal: Hashable, Sendable {
        case tcpReset
        /// ICMP or ICMPv6 port unreachable.
        case portUnreachable
    }

    case meta(Meta)
    case payload(Header, offset: Int, length: Int)
    /// Keeps the bits of a mask.
    case mask([UInt8])
    case compare(Comparison, [UInt8])
    case lookup(set: String)
    /// Goes on with this probability, anew for every packet.
    case chance(partsPerMillion: UInt32)
    case counter
    case verdict(Verdict)
    case reject(Refusal)
    /// Hands the packet to a process that listens at the queue; lets it pass where none does. Needs CONFIG_NFT_QUEUE.
    case queue(UInt16)
    /// The same through the xtables target NFQUEUE, for kernels without the native one (CONFIG_NFT_COMPAT).
    case xtQueue(UInt16)

    /// As elements of a rule's NFTA_RULE_EXPRESSIONS.
    package func write(to writer: inout NetlinkWriter) {
        switch self {
        case .meta(let key):
            Self.element("meta", to: &writer) {
                $0.big(2, key.rawValue)
                $0.big(1, Self.register)
            }
        case .payload(let header, let offset, let length):
            Self.element("payload", to: &writer) {
                $0.big(1, Self.register)
                $0.big(2, header.rawValue)
                $0.big(3, UInt32(offset))
                $0.big(4, UInt32(length))
            }
        case .mask(let mask):
            Self.element("bitwise", to: &writer) {
                $0.big(1, Self.register)
                $0.big(2, Self.register)
                $0.big(3, UInt32(mask.count))
                Self.value(4, mask, to: &$0)
                Self.value(5, [UInt8](repeating: 0, count: mask.count), to: &$0)
            }
        case .compare(let comparison, let bytes):
            Self.element("cmp", to: &writer) {
                $0.big(1, Self.register)
                $0.big(2, comparison.rawValue)
                Self.value(3, bytes, to: &$0)
            }
        case .lookup(let set):
            Self.element("lookup", to: &writer) {
                $0.string(1, set)
                $0.big(2, Self.register)
            }
        case .chance(let partsPerMillion):
            Self.element("numgen", to: &writer) {
                $0.big(1, Self.register)
                $0.big(2, UInt32(1_000_000))
                // NFT_NG_RANDOM.
                $0.big(3, UInt32(1))
                $0.big(4, UInt32(0))
            }
            // The number is in this machine's byte order, comparisons are by bytes from the first: NFT_BYTEORDER_HTON.
            Self.element("byteorder", to: &writer) {
                $0.big(1, Self.register)
                $0.big(2, Self.register)
                $0.big(3, UInt32(1))
                $0.big(4, UInt32(4))
                $0.big(5, UInt32(4))
            }
            Self.compare(.less, withUnsafeBytes(of: partsPerMillion.bigEndian) { Array($0) }).write(to: &writer)
        case .counter:
            Self.element("counter", to: &writer) {
                $0.big(1, UInt64(0))
                $0.big(2, UInt64(0))
            }
        case .verdict(let verdict):
            Self.element("immediate", to: &writer) {
                // The verdict register.
                $0.big(1, UInt32(0))
                $0.nest(2) {
                    $0.nest(2) { $0.big(1, UInt32(verdict == .accept ? 1 : 0)) }
                }
            }
        case .reject(let refusal):
            Self.element("reject", to: &writer) {
                switch refusal {
                case .tcpReset: $0.big(1, UInt32(1))
                case .portUnreachable:
                    // NFT_REJECT_ICMPX_UNREACH with NFT_REJECT_ICMPX_PORT_UNREACH.
                    $0.big(1, UInt32(2))
                    $0.attribute(2, [1])
                }
            }
        case .queue(let number):
            Self.element("queue", to: &writer) {
                $0.big(1, number)
                $0.big(2, UInt16(1))
                // NFT_QUEUE_FLAG_BYPASS.
                $0.big(3, UInt16(1))
            }
        case .xtQueue(let number):
            Self.element("target", to: &writer) {
                $0.string(1, "NFQUEUE")
                $0.big(2, UInt32(3))
                // struct xt_NFQ_info_v3 {queue, queues in all, flags: bypass}, padded as xtables align it.
                var info = NetlinkWriter()
                for field in [number, 1, 1, 0] { info.native(field) }
                $0.attribute(3, info.bytes)
            }
        }
    }

    private static let register: UInt32 = 1

    /// NFTA_LIST_ELEM of NFTA_EXPR_NAME and NFTA_EXPR_DATA.
    private static func element(
        _ name: String, to writer: inout NetlinkWriter, _ body: (inout NetlinkWriter) -> Void
    ) {
        writer.nest(1) {
            $0.string(1, name)
            $0.nest(2, body)
        }
    }

    /// NFTA_DATA_VALUE.
    private static func value(_ type: UInt16, _ bytes: [UInt8], to writer: inout NetlinkWriter) {
        writer.nest(type) { $0.attribute(1, bytes) }
    }
}

extension NftExpression {
    /// An interface's name as the kernel compares it.
    package static func name(_ interface: String) -> [UInt8] {
        var bytes = Array(interface.utf8.prefix(15))
        bytes += [UInt8](repeating: 0, count: 16 - bytes.count)
        return bytes
    }

    /// A number in this machine's byte order.
    static func native(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number) { Array($0) } }

    static func port(_ port: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)]
    }
}
