/// The `policies` of the fleet format. Keys are the property names of `Policies` in kebab case.
///
/// Every section is needed in a fleet of our own agents (`PoliciesBuilder` asks for it); a foreign one has mechanisms of its own.
enum PoliciesShape {
    private static func sourced(_ kind: ScalarKind, low: Int64 = 0, high: Int64? = nil) -> Shape {
        FleetShape.sourced(kind, low: low, high: high)
    }

    private static func section(_ name: String, _ keys: [ObjectShape.Key], _ summary: String) -> ObjectShape.Key {
        .optional(name, .object(ObjectShape("`\(name)`", keys)), summary)
    }

    static let callClass = ObjectShape(
        "a call class",
        [
            .required("timeout", sourced(.duration, low: 1), "of one call"),
            .required("failures", sourced(.integer, low: 1), "within the breaker's window that open it"),
            .required("reset", sourced(.duration, low: 1), "how long it stays open"),
        ])

    static let root = ObjectShape(
        "policies",
        [
            .optional(
                "call-classes", .map(.object(callClass)), "calls that share a timeout and a breaker's parameters"),
            section(
                "breaker",
                [
                    .required("kind", .word(Policies.Breaker.Window.allCases.map(\.rawValue)), "what it counts over"),
                    .required("window", sourced(.duration, low: 1), "over which failures are counted"),
                    .required(
                        "minimum-calls", sourced(.integer, low: 1, high: 1 << 24),
                        "in the window before the share is judged"),
                    .required("failure-share", sourced(.share, low: 1), "that opens it"),
                    .required("successes", sourced(.integer, low: 1), "in a row in half-open that close it"),
                    .required("half-open-permits", sourced(.integer, low: 1), "calls at once in half-open"),
                    .required("half-open-max-wait", sourced(.duration, low: 1), "for a verdict in half-open"),
                ], "circuit breakers on every call edge"),
            section(
                "retry",
                [
                    .required("attempts", sourced(.integer, low: 1, high: 100), "in all, the first included"),
                    .required("base", sourced(.duration), "wait before the first retry"),
                    .required("cap", sourced(.duration), "longest wait"),
                    .required("jitter", .word(Policies.Retry.Jitter.allCases.map(\.rawValue)), "how waits are spread"),
                    .required("budget", sourced(.share), "retries as a share of requests"),
                    .required("reserve", sourced(.integer), "retries allowed whatever the share"),
                ], "bounded retries"),
            section(
                "heartbeat",
                [
                    .required(
                        "detector", .word(Policies.Heartbeat.Detector.allCases.map(\.rawValue)), "how silence is judged"
                    ),
                    .required("period", sourced(.duration, low: 1), "between heartbeats"),
                    .required("timeout", sourced(.duration, low: 1), "silence after which a `fixed` detector suspects"),
                    .required("jitter", sourced(.duration), "uniform lateness on a healthy host"),
                    .required("phi-threshold", sourced(.integer, low: 1, high: 100), "of a `phi` detector"),
                    .required("phi-pause", sourced(.duration), "acceptable pause of a `phi` detector"),
                    .required("phi-min-sigma", sourced(.duration, low: 1), "least deviation of a `phi` detector"),
                ], "heartbeats to the hub"),
            section(
                "agent-failover",
                [
                    .required("switch-time", sourced(.duration), "from detection to the name pointing at the standby"),
                    .required("validate-time", sourced(.duration), "from the agent's return to its name pointing back"),
                ], "a dead agent's name moves to its standby"),
            section(
                "hub-failover",
                [
                    .required(
                        "detect-after", sourced(.duration, low: 1), "silence of its hub after which an agent switches"),
                    .required("switch-time", sourced(.duration), "registering with the other hub"),
                    .required("failures", sourced(.integer, low: 1), "failed calls in a row that count as silence"),
                    .required("fail-back-after", sourced(.duration), "the primary must be back this long"),
                ], "agents move to the other hub"),
            section(
                "partition",
                [
                    .required("detect-after", sourced(.duration, low: 1), "silence between hubs that is a partition"),
                    .required("confirm-heal-after", sourced(.duration), "contact that ends it"),
                    .required("sync-period", sourced(.duration, low: 1), "between exchanges of the hubs' registries"),
                    .required("merge-time", sourced(.duration), "to merge one entry"),
                ], "hubs notice partitions and merge after them"),
            section(
                "buffer",
                [
                    .required("messages", sourced(.integer, low: 1), "held at most"),
                    .required("bytes", sourced(.size, low: 1), "held at most"),
                    .required(
                        "overflow", .word(Policies.Buffer.Overflow.allCases.map(\.rawValue)), "what a full buffer does"),
                    .required("replay-window", sourced(.integer, low: 1), "unacknowledged messages while replaying"),
                ], "messages that the broker cannot take"),
            section(
                "restart",
                [
                    .required("delay", sourced(.duration), "before the first restart"),
                    .required("cap", sourced(.duration), "longest delay"),
                    .required(
                        "multiplier", sourced(.integer, low: 1, high: 100),
                        "each further delay is this many times longer"),
                    .required("limit", sourced(.integer, low: 1), "starts within the interval before giving up"),
                    .required("interval", sourced(.duration, low: 1), "over which starts are counted"),
                    .required("stable-after", sourced(.duration), "up so long, and the delay is short again"),
                ], "the supervisor"),
            section(
                "logs",
                [
                    .required("file-size", sourced(.size, low: 1), "at which a file is rotated"),
                    .required("kept", sourced(.integer, high: 4096), "rotated files"),
                    .required("compression", sourced(.share), "size of a compressed file"),
                    .required("bytes-per-request", sourced(.size), "written for each"),
                    .required("warn", sourced(.share), "disk use that warns"),
                    .required("act", sourced(.share), "disk use that acts"),
                    .required("emergency", sourced(.share), "disk use that is an emergency"),
                    .required("check", sourced(.duration, low: 1), "between looks at the disk"),
                ], "log files and the disk"),
            section(
                "discovery",
                [
                    .required("local-ttl", sourced(.duration, low: 1), "of a cached answer"),
                    .required("stale-for", sourced(.duration), "past its life while no hub answers"),
                    .required("timeout", sourced(.duration, low: 1), "of a look-up"),
                ], "where agents live"),
            section(
                "rollback",
                [
                    .required("degradation", sourced(.share), "loss of success that triggers it"),
                    .required("check", sourced(.duration, low: 1), "between checks"),
                    .required("consecutive", sourced(.integer, low: 1), "bad checks in a row"),
                    .required("takes", sourced(.duration), "from the trigger to the old version running"),
                ], "a degraded rollout goes back"),
            section(
                "credentials",
                [
                    .required("reload-every", sourced(.duration, low: 1), "between looks at the credential file"),
                    .required("grace", sourced(.duration), "how long the old one is still accepted"),
                    .required("lifetime", sourced(.duration, low: 1), "from the start of a run, unless rotated"),
                ], "rotation under load"),
            .optional("disabled", .list(.word(Mechanism.allCases.map(\.rawValue))), "mechanisms switched off"),
        ])
}
