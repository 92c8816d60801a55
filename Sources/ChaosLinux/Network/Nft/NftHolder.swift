import Glibc

/// Tables of ours in the kernel, by the socket that owns them: they go when it is closed, whatever becomes of us, and
/// what is leased in them goes by its timeout if we hang.
package final class NftHolder {
    let tables: [NftTable]
    private let socket: NftSocket
    private let isOwned: Bool
    private var isInstalled = false

    /// Changes nothing. Throws where nftables or the privilege is missing, or the names are taken.
    init(_ tables: [NftTable]) throws(HostError) {
        self.tables = tables
        socket = try NftSocket.idle()
        isOwned = NftSupport.current.hasOwner
        for table in tables where try socket.has(table.family, table.name) {
            throw HostError(
                .busy, "there is a \(table.text) already",
                hint: "pay what was left behind: gauntlet recover; or choose another id")
        }
    }

    /// Records the undo steps, then makes all tables at once.
    func install(until deadline: Int64, undo: UndoRecorder) throws(HostError) {
        for table in tables {
            try undo.record(
                .nftTable(family: table.family.text, name: table.name, owner: .current, namespace: .current))
        }
        var batch = NftBatch()
        for table in tables { table.create(in: &batch, isOwned: isOwned, lease: Self.lease(until: deadline)) }
        try socket.commit(batch)
        isInstalled = true
        undo.reach(.midInjection)
    }

    /// Leased elements last until `deadline` and the grace in which others would revert.
    func renew(until deadline: Int64) throws(HostError) {
        guard isInstalled else { return }
        do {
            try socket.commit(renewal(until: deadline, isMissing: false))
        } catch {
            // Of a lease that has just run out in the kernel there is nothing to replace.
            guard error.code == .missing else { throw error }
            try socket.commit(renewal(until: deadline, isMissing: true))
        }
    }

    private func renewal(until deadline: Int64, isMissing: Bool) -> NftBatch {
        var batch = NftBatch()
        for table in tables {
            table.renew(in: &batch, lease: Self.lease(until: deadline), isMissing: isMissing)
        }
        return batch
    }

    /// No packet matches any more; the tables stay. For what must not lose packets that the kernel holds: they are dropped
    /// with the chain that queued them.
    func release() throws(HostError) {
        guard isInstalled else { return }
        var batch = NftBatch()
        for table in tables { table.release(in: &batch) }
        try socket.commit(batch)
    }

    /// Removes all tables at once. Idempotent.
    func remove() throws(HostError) {
        guard isInstalled else { return }
        isInstalled = false
        var batch = NftBatch()
        for table in tables { table.delete(in: &batch) }
        do {
            try socket.commit(batch)
            socket.rest()
        } catch {
            // Whatever is left goes with the socket.
            socket.close()
            guard error.code == .missing else { throw error }
        }
    }

    /// What the kernel holds: rules with counters, table by table, and how many elements of each set.
    func read() throws(HostError) -> [(table: NftTable, rules: [NftRuleState], elements: [String: Int])] {
        var found: [(table: NftTable, rules: [NftRuleState], elements: [String: Int])] = []
        for table in tables {
            let rules = try socket.rules(of: table)
            guard rules.count == table.chains.reduce(0, { $0 + $1.rules.count }) else {
                throw HostError(.failed, "\(table.text) does not hold the rules that were commanded: \(rules.count)")
            }
            var elements: [String: Int] = [:]
            for set in table.sets { elements[set.name] = try socket.count(of: set, in: table) }
            found.append((table, rules, elements))
        }
        return found
    }

    /// Our tables that are there, seen through another socket.
    func residue() throws(HostError) -> [String] {
        let socket = try NftSocket.idle()
        defer { socket.rest() }
        var left: [String] = []
        for name in Swift.Set(tables.map(\.name)).sorted() {
            left += try socket.families(of: name).map { "table \($0.text) \(name)" }
        }
        return left
    }

    /// In ms from now; at least one.
    package static func lease(until deadline: Int64, now: Int64 = BootTime.now) -> Int64 {
        max(1, (deadline + Executor.grace - now + 999_999) / 1_000_000)
    }
}
