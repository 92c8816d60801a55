import Glibc
import Synchronization

/// Nftables over one netlink socket; the owner of the tables that it makes. Handed on, never used by two at once.
final class NftSocket: @unchecked Sendable {
    private let socket: NetlinkSocket
    private let namespace = NftSocket.namespace

    init() throws(HostError) {
        socket = try NetlinkSocket(.netfilter)
    }

    /// Tables owned by it vanish.
    func close() { socket.close() }

    // MARK: - Used again

    /// Closing any socket waits until the kernel has freed what was deleted last (some 10 ms), which no revert should; so
    /// one that owns nothing is kept for the next use in its namespace.
    private static let resting = Mutex<[(namespace: UInt64, socket: NftSocket)]>([])

    /// A socket that owns nothing, in the calling thread's namespace.
    static func idle() throws(HostError) -> NftSocket {
        let here = namespace
        let found = resting.withLock { list in
            list.firstIndex { $0.namespace == here }.map { list.remove(at: $0).socket }
        }
        if let found { return found }
        return try NftSocket()
    }

    /// It owns nothing and may be used for another fault.
    func rest() {
        let namespace = namespace
        Self.resting.withLock { $0.append((namespace, self)) }
    }

    /// By its inode: the socket keeps it alive, so it is not given to another.
    private static var namespace: UInt64 {
        var status = stat()
        return stat("/proc/thread-self/ns/net", &status) == 0 ? UInt64(status.st_ino) : 0
    }

    /// Puts a batch in force. One error, of the first message refused.
    func commit(_ batch: NftBatch) throws(HostError) {
        let (bytes, last) = batch.finished()
        try answer(to: bytes, last, batch)
    }

    /// Lets the kernel check a batch and put nothing in force.
    func rehearse(_ batch: NftBatch) throws(HostError) {
        let (bytes, last) = batch.finished(isTrial: true)
        try answer(to: bytes, last, batch)
    }

    private func answer(to bytes: [UInt8], _ last: UInt32, _ batch: NftBatch) throws(HostError) {
        do {
            try socket.perform(bytes, acknowledging: last)
        } catch {
            throw batch.failure(error)
        }
    }

    static func failure(_ answer: NetlinkAnswer, _ what: String) -> HostError {
        var failure = answer.failure(what)
        if answer.error == EPERM {
            failure.hint = "needs CAP_NET_ADMIN: run as root, or in a network namespace of your own"
        }
        return failure
    }

    // MARK: - Reading

    /// Whether there is such a table.
    func has(_ family: NftTable.Family, _ name: String) throws(HostError) -> Bool {
        do {
            try socket.perform(NftBatch.request(.getTable, family: family.rawValue) { $0.string(1, name) })
            return true
        } catch {
            if error.error == ENOENT { return false }
            throw Self.failure(error, "reading nftables")
        }
    }

    /// The families of all tables of that name.
    func families(of name: String) throws(HostError) -> [NftTable.Family] {
        let tables = try dump(.getTable, family: 0, "listing nftables' tables") { _ in }
        return tables.filter { $0.attributes.string(1) == name }.compactMap { NftTable.Family(rawValue: $0.family) }
    }

    /// A table's rules with their packet counts, in the kernel's order.
    func rules(of table: NftTable) throws(HostError) -> [NftRuleState] {
        try dump(.getRule, family: table.family.rawValue, "reading the rules of \(table.text)") {
            $0.string(1, table.name)
        }.filter { $0.attributes.string(1) == table.name }.map { NftRuleState($0.attributes) }
    }

    /// How many elements of a set are in force.
    func count(of set: NftTable.Set, in table: NftTable) throws(HostError) -> Int {
        try dump(.getElements, family: table.family.rawValue, "reading set \(set.name) of \(table.text)") {
            $0.string(1, table.name)
            $0.string(2, set.name)
        }.reduce(0) { sum, message in
            sum + message.attributes.nested(3).all.count { !Self.hasExpired($0.payload) }
        }
    }

    /// NFTA_SET_ELEM_EXPIRATION is what is left in ms; an element may be listed until it is collected.
    private static func hasExpired(_ element: ArraySlice<UInt8>) -> Bool {
        NetlinkAttributes(element).big(5, as: UInt64.self) == 0
    }

    /// A question for the generation of the rule set: the smallest that shows whether we may speak to nftables at all.
    func greet() throws(HostError) {
        do {
            try socket.perform(NftBatch.request(.getGeneration, family: 0))
        } catch {
            throw Self.failure(error, "asking for nftables")
        }
    }

    private func dump(
        _ kind: NftBatch.Kind, family: UInt8, _ what: String, _ body: (inout NetlinkWriter) -> Void
    ) throws(HostError) -> [(family: UInt8, attributes: NetlinkAttributes)] {
        let messages: [NetlinkMessage]
        do {
            messages = try socket.list(NftBatch.request(kind, family: family, flags: Netlink.dump, body))
        } catch {
            throw error.failure(what)
        }
        return messages.compactMap { message in
            guard message.payload.count >= 4, let family = message.payload.first else { return nil }
            return (family, NetlinkAttributes(message.payload.dropFirst(4)))
        }
    }
}

/// A rule as the kernel lists it.
package struct NftRuleState: Hashable, Sendable {
    package var chain: String
    package var comment: String
    /// Of its counter; nil where it has none.
    package var packets: UInt64?

    package init(_ attributes: NetlinkAttributes) {
        chain = attributes.string(2) ?? ""
        // Behind type and length.
        comment = attributes[7].map { String(decoding: $0.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self) } ?? ""
        for (_, payload) in attributes.nested(4).all {
            let expression = NetlinkAttributes(payload)
            if expression.string(1) == "counter" { packets = expression.nested(2).big(2) }
        }
    }
}
