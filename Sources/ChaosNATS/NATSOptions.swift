/// How to connect. The password lives in memory only: never in an address, an argument or the environment.
public struct NATSOptions: Sendable {
    /// `host:port`, tried in this order.
    public var servers: [String]
    /// What the server's log and monitoring call this client.
    public var name: String
    public var user: String
    public var password: String
    /// Milliseconds between two attempts after a connection was lost, without end; nil: a lost connection is closed.
    public var reconnectWait: Int64?
    /// Milliseconds between two pings; two that stay unanswered end the connection.
    public var pingInterval: Int64 = 5000
    /// Milliseconds a server has for a connection to be ready.
    public var connectTimeout: Int64 = 2000
    /// Milliseconds that a write may wait for a peer that takes nothing.
    public var writeTimeout: Int64 = 5000

    public init(servers: [String], name: String, user: String = "", password: String = "", reconnectWait: Int64? = nil)
    {
        self.servers = servers
        self.name = name
        self.user = user
        self.password = password
        self.reconnectWait = reconnectWait
    }
}

/// What a connection tells, on a thread of the client library.
public enum NATSEvent: Hashable, Sendable {
    /// With the server's `host:port`.
    case connected(String)
    /// From that server, and why as far as known.
    case disconnected(String, reason: String)
    case reconnected(String)
    /// For good; the last event of a connection.
    case closed
}

/// A message as it arrived.
public struct NATSMessage: Hashable, Sendable {
    public var subject: String
    public var payload: [UInt8]
    public var headers: [String: String]

    public init(subject: String, payload: [UInt8], headers: [String: String] = [:]) {
        self.subject = subject
        self.payload = payload
        self.headers = headers
    }
}
