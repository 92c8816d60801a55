/// What the page is served with.
public struct ServeSettings: Sendable {
    /// A loopback address: beyond it the page is served by an ssh tunnel or a TLS proxy in front of it (decision 5).
    public var address = "127.0.0.1"
    /// Zero takes a free one.
    public var port = 8700
    /// The folder that run directories lie in.
    public var reports = "reports"
    public var tokenFile: String
    public var auditFile: String
    /// Names beside loopback's under which a proxy or tunnel asks for the page.
    public var hostNames: [String] = []

    public init(tokenFile: String, auditFile: String) {
        self.tokenFile = tokenFile
        self.auditFile = auditFile
    }
}
