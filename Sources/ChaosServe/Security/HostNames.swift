/// The names under which this server may be asked for: a page that was rebound to 127.0.0.1 asks under its own.
package struct HostNames: Sendable {
    private let allowed: Set<String>

    /// `names`: beside the loopback ones; of a proxy in front of it, say.
    package init(_ names: [String] = []) {
        allowed = Set(["127.0.0.1", "localhost", "[::1]"] + names.map { $0.lowercased() })
    }

    /// `authority`: the Host header, with or without a port. Any port: a tunnel may end at another.
    package func contains(_ authority: String) -> Bool {
        let authority = authority.lowercased()
        let name: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return false }
            name = authority[...end]
        } else {
            name = authority.prefix { $0 != ":" }
        }
        let rest = authority.dropFirst(name.count)
        let isPort = rest.isEmpty || rest.first == ":" && rest.dropFirst().allSatisfy { ("0"..."9").contains($0) }
        return isPort && allowed.contains(String(name))
    }

    /// Loopback, as an address to listen on.
    package static func isLoopback(_ address: String) -> Bool {
        if address == "localhost" || address == "::1" { return true }
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
