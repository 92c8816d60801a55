/// Decides who may act. Pure but for the sessions it asks: everything it looks at is in the request.
package struct ActionGate: Sendable {
    /// What an attempt to act shows of itself.
    package struct Attempt: Sendable {
        package var authority: String
        package var origin: String?
        /// Sec-Fetch-Site, which browsers set and pages cannot.
        package var fetchSite: String?
        package var contentType: String?
        package var authorization: String?
        package var cookie: String?
        package var key: String?

        package init(
            authority: String, origin: String? = nil, fetchSite: String? = nil, contentType: String? = nil,
            authorization: String? = nil, cookie: String? = nil, key: String? = nil
        ) {
            self.authority = authority
            self.origin = origin
            self.fetchSite = fetchSite
            self.contentType = contentType
            self.authorization = authorization
            self.cookie = cookie
            self.key = key
        }
    }

    package enum Actor: Hashable, Sendable {
        case token
        case session(Int)

        package var name: String {
            switch self {
            case .token: "token"
            case .session(let number): "session \(number)"
            }
        }
    }

    package enum Refusal: String, Error, Hashable, Sendable {
        case host
        case crossSite = "cross-site"
        case contentType = "content-type"
        case noToken = "no-token"
        case wrongToken = "wrong-token"

        package var status: Int {
            switch self {
            case .host: 421
            case .crossSite: 403
            case .contentType: 415
            case .noToken, .wrongToken: 401
            }
        }

        package var message: String {
            switch self {
            case .host: "this server is not asked for under that name; see --allow-host"
            case .crossSite: "only this page may act, no other site's"
            case .contentType: "send application/json"
            case .noToken: "acting needs the token: log in, or send `Authorization: Bearer TOKEN`"
            case .wrongToken: "that is not the token, or the login has expired"
            }
        }
    }

    package let hosts: HostNames
    package let token: AccessToken
    package let sessions: Sessions

    package init(hosts: HostNames, token: AccessToken, sessions: Sessions) {
        self.hosts = hosts
        self.token = token
        self.sessions = sessions
    }

    /// For logging in: everything but the token, which comes in the body.
    package func checkSite(_ attempt: Attempt) throws(Refusal) {
        guard hosts.contains(attempt.authority) else { throw .host }
        if let site = attempt.fetchSite, site != "same-origin" { throw .crossSite }
        if let origin = attempt.origin {
            // The scheme is a proxy's affair; a page of another port is of another origin.
            guard
                ["http://", "https://"].contains(where: { origin.lowercased() == $0 + attempt.authority.lowercased() })
            else { throw .crossSite }
        }
        // What a form or a script of another site can send without asking first is none of this.
        let type = (attempt.contentType ?? "").split(separator: ";").first ?? ""
        guard type.lowercased().filter({ $0 != " " }) == "application/json" else { throw .contentType }
    }

    /// Who acts; times are seconds since 1970.
    package func check(_ attempt: Attempt, now: Int64) throws(Refusal) -> Actor {
        try checkSite(attempt)
        if let authorization = attempt.authorization {
            let scheme = "bearer "
            guard authorization.lowercased().hasPrefix(scheme),
                token.matches(String(authorization.dropFirst(scheme.count)))
            else { throw .wrongToken }
            return .token
        }
        guard let cookie = attempt.cookie else { throw .noToken }
        // A browser says where a request comes from; one with a cookie and without that is not a page's.
        guard attempt.origin != nil else { throw .crossSite }
        guard let session = sessions.find(cookie: cookie, key: attempt.key ?? "", now: now) else { throw .wrongToken }
        return .session(session)
    }
}
