/// One table of ours as it shall be in the kernel: sets, chains and rules. Pure.
package struct NftTable: Hashable, Sendable {
    package enum Family: UInt8, CaseIterable, Sendable {
        case inet = 1
        case ip = 2
        case netdev = 5
        case bridge = 7
        case ip6 = 10

        init?(_ text: String) {
            guard let family = Self.allCases.first(where: { $0.text == text }) else { return nil }
            self = family
        }

        /// As `nft` writes it.
        var text: String { "\(self)" }
    }

    package struct Set: Hashable, Sendable {
        package enum Key: UInt32, Sendable {
            // Their names for `nft list`.
            case v4 = 7
            case v6 = 8
            case interface = 20

            var length: Int { self == .v6 ? 16 : 4 }
        }

        package var name: String
        package var key: Key
        /// Each once, of the key's length.
        package var elements: [[UInt8]]
        /// Whether each element goes by itself when the lease has run out.
        package var isLeased: Bool

        package init(name: String, key: Key, elements: [[UInt8]], isLeased: Bool) {
            self.name = name
            self.key = key
            self.elements = elements
            self.isLeased = isLeased
        }
    }

    package struct Rule: Hashable, Sendable {
        /// For `nft list`; also how `readBack` finds what the counters mean.
        package var comment: String
        package var expressions: [NftExpression]

        package init(comment: String, expressions: [NftExpression]) {
            self.comment = comment
            self.expressions = expressions
        }
    }

    package struct Chain: Hashable, Sendable {
        package enum Hook: Hashable, Sendable {
            case prerouting
            case input
            case forward
            case output
            case postrouting
            /// Of a netdev table: what leaves through these interfaces.
            case egress([String])

            var number: UInt32 {
                switch self {
                case .prerouting: 0
                case .input: 1
                case .forward: 2
                case .output: 3
                case .postrouting: 4
                case .egress: 1
                }
            }
        }

        package var name: String
        package var hook: Hook
        /// Lower is earlier; 0 is where filters usually stand.
        package var priority: Int32 = 0
        package var rules: [Rule]

        package init(name: String, hook: Hook, priority: Int32 = 0, rules: [Rule]) {
            self.name = name
            self.hook = hook
            self.priority = priority
            self.rules = rules
        }
    }

    package var family: Family
    package var name: String
    package var sets: [Set] = []
    package var chains: [Chain] = []

    package init(family: Family, name: String, sets: [Set] = [], chains: [Chain] = []) {
        self.family = family
        self.name = name
        self.sets = sets
        self.chains = chains
    }

    /// `table inet gauntlet-run-fault`.
    var text: String { "table \(family.text) \(name)" }

    /// The table of a fault. Long names are cut and told apart by a hash of the whole (names may have 255 bytes; shorter
    /// ones can be read).
    package static func name(run: String, fault: String) -> String {
        let whole = "gauntlet-\(run)-\(fault)"
        guard whole.utf8.count > 100 else { return whole }
        // FNV-1a.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in whole.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "\(whole.prefix(80))-\(String(hash, radix: 16))"
    }

    // MARK: - As messages

    /// Adds all that makes the table. `lease` in ms is how long leased elements last.
    package func create(in batch: inout NftBatch, isOwned: Bool, lease: Int64) {
        batch.add(.newTable, family, flags: Netlink.create | Netlink.exclusive, "making \(text)") {
            $0.string(1, name)
            // NFT_TABLE_F_OWNER.
            $0.big(2, UInt32(isOwned ? 2 : 0))
        }
        for (index, set) in sets.enumerated() {
            batch.add(.newSet, family, flags: Netlink.create | Netlink.exclusive, "making set \(set.name) of \(text)") {
                $0.string(1, name)
                $0.string(2, set.name)
                // NFT_SET_TIMEOUT.
                $0.big(3, UInt32(set.isLeased ? 0x10 : 0))
                $0.big(4, set.key.rawValue)
                $0.big(5, UInt32(set.key.length))
                $0.big(10, UInt32(index + 1))
                // An index is in this machine's byte order: for `nft list`, which else shows it turned.
                if set.key == .interface { $0.attribute(13, [0, 4] + NftExpression.native(1)) }
            }
            add(set, in: &batch, lease: lease)
        }
        for chain in chains {
            batch.add(
                .newChain, family, flags: Netlink.create | Netlink.exclusive, "making chain \(chain.name) of \(text)"
            ) {
                $0.string(1, name)
                $0.string(3, chain.name)
                $0.nest(4) {
                    $0.big(1, chain.hook.number)
                    $0.big(2, chain.priority)
                    if case .egress(let devices) = chain.hook {
                        $0.nest(4) { for device in devices { $0.string(1, device) } }
                    }
                }
                // Policy: accept.
                $0.big(5, UInt32(1))
                $0.string(7, "filter")
            }
            for rule in chain.rules {
                batch.add(
                    .newRule, family, flags: Netlink.create | Netlink.append,
                    "adding the rule `\(rule.comment)` to chain \(chain.name) of \(text)"
                ) {
                    $0.string(1, name)
                    $0.string(2, chain.name)
                    $0.nest(4) { for expression in rule.expressions { expression.write(to: &$0) } }
                    // A comment as `nft` stores it: type 0, its length, the text with its closing zero.
                    let comment = Array(rule.comment.utf8.prefix(127)) + [0]
                    $0.attribute(7, [0, UInt8(comment.count)] + comment)
                }
            }
        }
    }

    /// Holds leased elements for another lease. A kernel before 6.12 does not change the timeout of an element that is
    /// there, so each goes and comes in one transaction, which no packet can fall between; with `isMissing`, where the
    /// lease had run out already, each only comes.
    package func renew(in batch: inout NftBatch, lease: Int64, isMissing: Bool) {
        for set in sets where set.isLeased {
            if !isMissing {
                elements(of: set, in: &batch, .deleteElements, flags: 0, lease: nil, "renewing \(set.name) of \(text)")
            }
            add(set, in: &batch, lease: lease)
        }
    }

    /// Empties the leased sets, so that no packet matches any more while chains and rules stay.
    func release(in batch: inout NftBatch) {
        for set in sets where set.isLeased {
            // Without elements: all of them.
            batch.add(.deleteElements, family, "emptying set \(set.name) of \(text)") {
                $0.string(1, name)
                $0.string(2, set.name)
            }
        }
    }

    func delete(in batch: inout NftBatch) {
        batch.add(.deleteTable, family, "removing \(text)") { $0.string(1, name) }
    }

    private func add(_ set: Set, in batch: inout NftBatch, lease: Int64) {
        elements(
            of: set, in: &batch, .newElements, flags: Netlink.create, lease: set.isLeased ? lease : nil,
            "filling set \(set.name) of \(text)")
    }

    private func elements(
        of set: Set, in batch: inout NftBatch, _ kind: NftBatch.Kind, flags: UInt16, lease: Int64?, _ what: String
    ) {
        // An attribute holds no more than 64 KiB.
        for start in stride(from: 0, to: set.elements.count, by: 1_000) {
            batch.add(kind, family, flags: flags, what) {
                $0.string(1, name)
                $0.string(2, set.name)
                $0.nest(3) {
                    for key in set.elements[start..<min(start + 1_000, set.elements.count)] {
                        $0.nest(1) {
                            $0.nest(1) { $0.attribute(1, key) }
                            if let lease { $0.big(4, UInt64(lease)) }
                        }
                    }
                }
            }
        }
    }
}
