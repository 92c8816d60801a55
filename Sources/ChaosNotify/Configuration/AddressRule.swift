import Foundation

/// Which addresses are taken.
enum AddressRule {
    struct Fault {
        /// What is wrong, without the address: it may be a secret.
        var what: String
        var shown: String
        var hint: String

        var message: String { "`\(shown)` \(what)" }
    }

    /// What is wrong with an address, if anything is.
    ///
    /// - Parameter carriesSecret: the address, or what is sent there, must not be read on its way.
    static func fault(_ text: String, carriesSecret: Bool) -> Fault? {
        func fault(_ what: String, _ hint: String) -> Fault { Fault(what: what, shown: shown(text), hint: hint) }
        guard text.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value < 127 }),
            let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), let host = parts.host, !host.isEmpty
        else { return fault("is not an address", "write it as https://host/path") }
        guard scheme == "https" || scheme == "http" else {
            return fault("is neither https nor http", "write it as https://host/path")
        }
        guard parts.user == nil, parts.password == nil else {
            return fault(
                "holds a password", "put the address into a file of its own (`url-file`), or leave the password out")
        }
        if carriesSecret, scheme == "http", !isLoopback(host) {
            return fault("would carry a secret over plain http", "use https; only loopback may do without")
        }
        return nil
    }

    static func withoutAddress(_ fault: Fault) -> String { "what stands in it \(fault.what)" }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "[::1]" || host == "::1"
            || (host.hasPrefix("127.") && host.split(separator: ".").count == 4
                && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// Without what could be a password, and not too long.
    private static func shown(_ text: String) -> String {
        var text = text
        if let at = text.lastIndex(of: "@") { text = "…" + text[at...] }
        return text.count > 60 ? text.prefix(60) + "…" : text
    }
}
