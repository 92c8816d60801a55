/// The fleet format.
enum FleetShape {
    static let root = ObjectShape(
        "a fleet",
        [
            .required(
                "gauntlet-fleet", .scalar(ScalarRule(.integer, low: 1, high: 1)), "version of the format",
                decides: false),
            .required("name", name, "what the fleet is called", decides: false),
            .optional("summary", text, "what it is, in a sentence", decides: false),
            .required(
                "local-delay", sourced(.duration),
                "one way between two processes of one host, and from a client to its agent"),
            .required("hosts", .list(.object(host), identity: "name", atLeast: 1), "the machines"),
            .optional("links", .list(.object(link)), "undirected; a host pair without a link cannot talk"),
            .required("profiles", .map(.object(profile)), "how processes serve, by name"),
            .optional(
                "hubs", .list(.object(hub), identity: "name", atLeast: 1),
                "one or two; the first hub on an agent's host is its primary"),
            .optional("broker", .object(broker), "the message broker"),
            .optional("stores", .list(.object(store), identity: "name"), "databases, caches and other servers"),
            .required("agents", .list(.object(group), identity: "group", atLeast: 1), "groups of agents"),
            .optional(
                "calls", .list(.object(call)),
                "the call graph: while serving a request, `from` asks `to` with probability `share`"),
            .optional(
                "policies", .object(PoliciesShape.root), "parameters of the mechanisms that the fleet survives by"),
            .optional(
                "live", .object(LiveShape.root),
                "of a fleet that is not made of our agents; only such a one may leave out hubs, broker and policies"),
        ])

    static let name = Shape.scalar(ScalarRule(.name))
    static let text = Shape.scalar(ScalarRule(.text))
    static let port = Shape.scalar(ScalarRule(.integer, low: 1, high: 65_535))
    static func sourced(_ kind: ScalarKind, low: Int64 = 0, high: Int64? = nil) -> Shape {
        .sourced(ScalarRule(kind, low: low, high: high))
    }

    static let host = ObjectShape(
        "a host",
        [
            .required("name", name, "what the host is called"),
            .required("cores", sourced(.integer, low: 1, high: 4096), "processor cores"),
            .required("memory", sourced(.size, low: 1), "main memory"),
            .required("disk", sourced(.size, low: 1), "disk size"),
            .required("disk-used", sourced(.share), "how full the disk is before the run"),
        ])

    static let link = ObjectShape(
        "a link",
        [
            .required("between", .list(name, identity: nil, atLeast: 2), "the two hosts"),
            .required("delay", sourced(.duration), "one way"),
            .required("jitter", sourced(.duration), "uniform, added to the delay"),
            .required("bandwidth", sourced(.byteRate), "in each direction; 0B/s is unlimited"),
        ])

    static let profile = ObjectShape(
        "a profile",
        [
            .required("time", sourced(.duration), "mean time of a request's own work"),
            .required("spread", .word(Fleet.Service.Spread.allCases.map(\.rawValue)), "distribution of that time"),
            .required("workers", sourced(.integer, low: 1, high: 100_000), "requests served at once"),
            .required("queue", sourced(.integer), "requests that may wait"),
            .required("startup", sourced(.duration), "from process start to ready"),
            .required("memory", sourced(.size), "held at rest"),
        ])

    static let hub = ObjectShape(
        "a hub",
        [
            .required("name", name, "what the hub is called"),
            .required("host", name, "where it runs"),
            .optional("port", port, "where it listens"),
            .required("profile", name, "how it serves"),
        ])

    static let server = ObjectShape(
        "a broker server",
        [
            .required("name", name, "what the server is called"),
            .required("host", name, "where it runs"),
            .optional("port", port, "where it listens"),
        ])

    static let broker = ObjectShape(
        "the broker",
        [
            .required(
                "mode", .word(Fleet.Broker.Mode.allCases.map(\.rawValue)),
                "one replicated cluster, or a domain on each machine with sourced streams"),
            .required("version", text, "of the modelled server"),
            .required("servers", .list(.object(server), identity: "name", atLeast: 1), "its processes"),
            .required("profile", name, "how it serves"),
            .required("sync", .word(Fleet.Broker.Sync.allCases.map(\.rawValue)), "when messages are flushed to disk"),
            .required("sync-interval", sourced(.duration, low: 1), "between two flushes, when `sync` is `interval`"),
            .required("sync-time", sourced(.duration), "of one flush"),
            .required("election-min", sourced(.duration, low: 1), "shortest election timeout"),
            .required("election-max", sourced(.duration, low: 1), "longest election timeout"),
            .required("heartbeat", sourced(.duration, low: 1), "between a leader's heartbeats"),
            .required("lost-quorum", sourced(.duration, low: 1), "a leader without a quorum steps down after this"),
            .required("ack-timeout", sourced(.duration, low: 1), "a client's wait for a publish acknowledgement"),
            .required("ack-wait", sourced(.duration, low: 1), "until an unacknowledged message is delivered again"),
            .required("dedupe-window", sourced(.duration), "how long message ids are remembered"),
            .required("max-ack-pending", sourced(.integer, low: 1), "delivered and unacknowledged messages"),
            .required("reconnect-wait", sourced(.duration, low: 1), "between a client's attempts to connect"),
            .required("message-size", sourced(.size, low: 1), "of one message"),
        ])

    static let store = ObjectShape(
        "a store",
        [
            .required("name", name, "what the store is called"),
            .required("kind", .word(Fleet.Store.Kind.allCases.map(\.rawValue)), "what it is"),
            .required("host", name, "where it runs"),
            .optional("port", port, "where it listens"),
            .required("profile", name, "how it serves"),
            .required("writes", .scalar(ScalarRule(.boolean)), "whether an operation writes to the host's disk"),
        ])

    static let labels = Shape.map(text)

    static let member = ObjectShape(
        "an agent",
        [
            .required("name", name, "what the agent is called"),
            .optional("port", port, "where it listens"),
            .optional("profile", name, "how it serves, if not as its group"),
            .optional("role", name, "what it is for, if not as its group"),
            .optional("standby", name, "who takes over its name: an agent, `next` or `none`"),
            .optional("labels", labels, "added to those of its group"),
        ])

    static let group = ObjectShape(
        "a group of agents",
        [
            .required("group", name, "what the group is called"),
            .required("host", name, "where its agents run"),
            .required("profile", name, "how they serve"),
            .optional("role", name, "what they are for; the group's name unless given"),
            .byDefault(
                "standby", name, "none", "who takes over an agent's name: `next` of the group, `none` or an agent"),
            .optional("labels", labels, "for targets"),
            .required(
                "members",
                .list(
                    .oneOf([name, .object(member)], expected: "a name or an object with a `name`"), identity: "name",
                    atLeast: 1),
                "names, or objects that differ from their group"),
        ])

    static let call = ObjectShape(
        "a call",
        [
            .required("from", name, "an agent, a group or `all`"),
            .required("to", name, "an agent, a store or `hub`"),
            .required("share", sourced(.share), "of the caller's requests"),
            .required("class", name, "whose breaker and timeout apply"),
            .required("fallback", .scalar(ScalarRule(.boolean)), "whether the caller can answer without"),
        ])
}
