/// The `faults` of the scenario format.
enum FaultShape {
    private static let name = Shape.scalar(ScalarRule(.name))
    private static func duration(low: Int64 = 0) -> Shape { .scalar(ScalarRule(.duration, low: low)) }
    private static func share(low: Int64 = 0) -> Shape { .scalar(ScalarRule(.share, low: low)) }
    /// As `gauntlet doctor` names them; which serve for a kind, and where, is each host's to say.
    private static let mechanisms = [
        "nftables", "iptables", "iptables-nft", "iptables-legacy", "netem", "nfqueue", "tbf", "htb", "freezer",
        "freezer-v1", "ptrace", "stop", "duty-cycle", "workers", "quota", "limit",
    ]
    private static let flag = Shape.scalar(ScalarRule(.boolean))

    static let fault = ObjectShape(
        "a fault",
        [
            .required("id", name, "unique here"),
            .required("kind", .word(FaultKind.allCases.map(\.rawValue)), "what is done"),
            .optional("at", duration(), "from the start of the faults phase"),
            .optional("after", name, "begins after the revert (or completion) of this fault"),
            .optional("after-start", name, "begins after the start of this fault"),
            .optional("every", duration(low: 1), "repeats: between two starts"),
            .optional(
                "times", .scalar(ScalarRule(.integer, low: 1, high: 100_000)),
                "how many repetitions; until the phase ends unless given"),
            .byDefault("jitter", duration(), "0s", "start delay drawn from 0 up to this"),
            .byDefault("allow-irreversible", flag, "false", "it may do what nothing undoes"),
            .optional(
                "mechanism", .word(mechanisms), "live: by which means, in place of the best that serves on the host"),
        ],
        tag: .init(key: "kind", alternatives: FaultKind.allCases.map { .init(word: $0.rawValue, keys: keys(of: $0)) }))

    static let pick = Shape.oneOf(
        [
            .word(["all", "one", "minority", "majority", "leader", "most-depended-upon"]),
            .scalar(ScalarRule(.integer, low: 1, high: 1_000_000)), share(low: 1),
        ], expected: "a word such as `one`, a count such as `3`, or a share such as `25%`")

    static let target = ObjectShape(
        "a target",
        [
            .optional("name", name, "an agent, hub, broker server or store"),
            .optional("role", name, "agents of this role"),
            .optional("group", name, "agents of this group"),
            .optional("label", .scalar(ScalarRule(.text)), "agents with this `key=value`"),
            .optional("host", name, "a host, or `any`"),
            .optional("kind", .word(["agent", "hub", "broker", "store", "all"]), "what kind of process"),
            .byDefault("pick", pick, "all", "how many of them"),
            .optional("same", .word(["host"]), "draws all picks on one host"),
        ])

    private static let required = ObjectShape.Key.required("target", .object(target), "who is hit")
    private static let optional = ObjectShape.Key.optional("target", .object(target), "who is hit")
    private static let lasts = ObjectShape.Key.required("for", duration(low: 1), "how long it stays in force")
    private static let delay = ObjectShape.Key.byDefault(
        "delay", duration(), "0s", "waited after the fault named by `after`")
    private static let link: [ObjectShape.Key] = [
        .optional("between", .list(name, identity: nil, atLeast: 2), "the two hosts, in both directions"),
        .optional("from", name, "the sending host, in one direction"),
        .optional("to", name, "the receiving host"),
        lasts,
    ]

    private static func keys(of kind: FaultKind) -> [ObjectShape.Key] {
        switch kind {
        case .kill, .pause: [required, delay, lasts]
        case .restart: [required, delay]
        case .partition: link + [delay, .byDefault("mode", .word(["drop", "reject"]), "drop", "silence or refusal")]
        case .latency:
            // Its `delay` is the latency, so that it cannot wait after another fault.
            link + [
                .required("delay", duration(low: 1), "added, one way"),
                .byDefault("variation", duration(), "0s", "uniform, on top"),
            ]
        case .loss, .corrupt, .duplicate: link + [delay, .required("share", share(low: 1), "of packets")]
        case .reorder:
            link + [
                delay, .required("share", share(low: 1), "of packets"),
                .required("by", duration(low: 1), "overtaken by those sent within"),
            ]
        case .bandwidth: link + [delay, .required("limit", .scalar(ScalarRule(.byteRate, low: 1)), "bytes a second")]
        case .diskFill: [required, delay, lasts, .required("fill-to", share(low: 1), "how full the disk becomes")]
        case .diskSlow:
            // As for latency: its `delay` is the slowness.
            [
                required, lasts, .byDefault("delay", duration(), "0s", "added to each write"),
                .byDefault("errors", share(), "0%", "of the writes that fail"),
            ]
        case .cpu: [required, delay, lasts, .required("load", share(low: 1), "of the processor time")]
        case .memory:
            [
                required, delay, .optional("for", duration(low: 1), "how long it stays in force"),
                .required("effect", .word(["kill", "stall"]), "dies of it, or stalls in reclaim"),
                .byDefault(
                    "stretch", .scalar(ScalarRule(.integer, low: 1, high: 1_000_000)), "20",
                    "so many times slower, stalled"),
            ]
        case .clock:
            [
                required, delay, lasts,
                .byDefault(
                    "offset", .scalar(ScalarRule(.duration, low: -ScalarRule.longest)), "0s", "at once; may be negative"
                ),
                .byDefault(
                    "drift", .scalar(ScalarRule(.integer, low: -1_000_000, high: 1_000_000)), "0", "parts per million"),
            ]
        case .hostDown:
            [required, delay, lasts, .byDefault("power", flag, "false", "what was not flushed is lost too")]
        case .credential: [required, delay, .required("change", .word(["rotate", "expire"]), "what happens to it")]
        case .procedure:
            [
                optional, delay, .required("action", .word(ProcedureAction.allCases.map(\.rawValue)), "the step"),
                .required("takes", duration(low: 1), "how long the step takes, drawn within 20 %"),
                .required("limit", duration(low: 1), "its own time limit"),
            ]
        case .rollingRestart:
            [
                delay,
                .required(
                    "groups", .list(.list(name, identity: nil, atLeast: 1), identity: nil, atLeast: 1),
                    "agents (or groups), in order"),
                .required("gate", duration(), "healthy so long before the next agent"),
                .required("gate-limit", duration(low: 1), "the gate gives up after this"),
                .byDefault("bad-version", share(), "0%", "of requests that the new version fails"),
            ]
        }
    }
}
