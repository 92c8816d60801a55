import FoundationEssentials

/// What a holder of a slow disk's control socket says: how slow it is to be from now on, until `lease` is over or the
/// connection closes. Said again it renews the lease. Without a lease it only asks.
package struct SlowDiskOrder: Hashable, Codable, Sendable {
    /// Added to each operation that writes.
    package var delayNs: Int64 = 0
    /// Of these operations, in a million, that fail.
    package var errors: Int64 = 0
    package var leaseNs: Int64 = 0

    package init(delayNs: Int64 = 0, errors: Int64 = 0, leaseNs: Int64 = 0) {
        self.delayNs = delayNs
        self.errors = errors
        self.leaseNs = leaseNs
    }

    private enum CodingKeys: String, CodingKey { case delayNs, errors, leaseNs }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        delayNs = try values.decodeIfPresent(Int64.self, forKey: .delayNs) ?? 0
        errors = try values.decodeIfPresent(Int64.self, forKey: .errors) ?? 0
        leaseNs = try values.decodeIfPresent(Int64.self, forKey: .leaseNs) ?? 0
    }

    /// Nil if it is in order; else what is wrong.
    var problem: String? {
        if !(0...3_600_000_000_000).contains(delayNs) { return "`delayNs` is from 0 to an hour" }
        if !(0...1_000_000).contains(errors) { return "`errors` is from 0 to 1000000, in a million" }
        if !(0...3_600_000_000_000).contains(leaseNs) { return "`leaseNs` is from 0 to an hour" }
        return nil
    }
}

/// How a slow disk is now: the answer to each order.
package struct SlowDiskState: Hashable, Codable, Sendable {
    /// Why the order was refused; nil if it is in force.
    package var error: String?
    /// Where the file system is mounted.
    package var at: String
    /// Of all holders together.
    package var delayNs: Int64
    package var errors: Int64
    package var holders: Int
    /// Operations that wait now, that have waited, and that have failed since the server began.
    package var waiting: Int
    package var delayed: Int
    package var failed: Int
}

enum SlowDiskLine {
    static func of(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("a message that cannot be encoded") }
        return Array(data) + [10]
    }

    static func read<Message: Decodable>(_ line: String, as type: Message.Type) -> Message? {
        try? JSONDecoder().decode(type, from: Data(line.utf8))
    }
}
