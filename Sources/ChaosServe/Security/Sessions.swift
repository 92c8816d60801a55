import Synchronization

/// Pages that have shown the token. Each is known by two secrets: a cookie that no script can read, and a key that the page
/// keeps for itself and sends along. Cookies are shared by all ports of a host; the key is what another port never sees.
package final class Sessions: Sendable {
    package struct Opened: Sendable {
        package var number: Int
        package var cookie: String
        package var key: String
    }

    private struct Session {
        var number: Int
        var cookie: [UInt8]
        var key: [UInt8]
        var until: Int64
    }

    private struct State {
        var sessions: [Session] = []
        var opened = 0
    }

    /// Seconds that one lasts.
    package static let lifetime: Int64 = 12 * 3600
    /// The oldest makes room for one more.
    private static let most = 32

    private let state = Mutex(State())

    package init() {}

    /// Times are seconds since 1970.
    package func open(now: Int64) -> Opened {
        state.withLock { state in
            state.opened += 1
            let opened = Opened(number: state.opened, cookie: AccessToken.random(), key: AccessToken.random())
            state.sessions.removeAll { $0.until <= now }
            if state.sessions.count >= Self.most { state.sessions.removeFirst() }
            state.sessions.append(
                Session(
                    number: opened.number, cookie: Array(opened.cookie.utf8), key: Array(opened.key.utf8),
                    until: now + Self.lifetime))
            return opened
        }
    }

    /// Its number, if both belong to one that lasts.
    package func find(cookie: String, key: String, now: Int64) -> Int? {
        let shown = (cookie: Array(cookie.utf8), key: Array(key.utf8))
        return state.withLock { state in
            var found: Int?
            // All of them, both secrets of each: the time tells nothing.
            for session in state.sessions {
                let isCookie = ConstantTime.equal(session.cookie, shown.cookie)
                let isKey = ConstantTime.equal(session.key, shown.key)
                if isCookie, isKey, session.until > now { found = session.number }
            }
            return found
        }
    }

    package func close(_ number: Int) { state.withLock { $0.sessions.removeAll { $0.number == number } } }
}
