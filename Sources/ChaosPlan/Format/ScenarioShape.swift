/// The scenario format.
enum ScenarioShape {
    private static let name = Shape.scalar(ScalarRule(.name))
    private static let text = Shape.scalar(ScalarRule(.text))
    private static let flag = Shape.scalar(ScalarRule(.boolean))
    private static func duration(low: Int64 = 0) -> Shape { .scalar(ScalarRule(.duration, low: low)) }
    private static func share(low: Int64 = 0) -> Shape { .scalar(ScalarRule(.share, low: low)) }
    private static func integer(_ low: Int64, _ high: Int64) -> Shape {
        .scalar(ScalarRule(.integer, low: low, high: high))
    }
    private static let mechanism = Shape.word(Mechanism.allCases.map(\.rawValue))

    static let root = ObjectShape(
        "a scenario",
        [
            .required("gauntlet", integer(1, 1), "version of the format", decides: false),
            .required("name", name, "what the scenario is called", decides: false),
            .required("summary", text, "what happens and what must hold, in a sentence", decides: false),
            .required("fleet", text, "the fleet's file, beside this one", decides: false),
            .optional("fleet-set", .map(.anything), "overrides of the fleet, by path", decides: false),
            .required("phases", .object(phases), "how long each part of the run takes"),
            .required("workload", .object(workload), "the load, open loop"),
            .required(
                "faults", .list(.object(FaultShape.fault), identity: "id"),
                "what is done to the fleet; `[]` is a control run"),
            .optional("expect", .list(mechanism), "mechanisms that must fire, or the run is inconclusive"),
            .optional(
                "exercises",
                .oneOf(
                    [mechanism, .object(nothing)], expected: "a mechanism, or `{ nothing: \"why none decides this\" }`"),
                "the mechanism whose absence must make an objective miss"),
            .optional("use", .list(name), "blocks of objectives in objectives.yaml beside this file", decides: false),
            .optional("objectives", objectives, "what is demanded of the run"),
            .optional("safety", .object(safety), "ceilings and abort rules"),
            .byDefault("faults-per-hour", integer(1, 3600), "1", "how many faults an hour the error budget assumes"),
            .optional(
                "variants", .map(.object(variant)), "the same with a few values changed, run as `name@variant`",
                decides: false),
        ])

    static let objectives = Shape.list(.object(objective), identity: ObjectiveName.identityKey)
    /// The file of shared objectives: all its blocks are read, used or not.
    static let sharedFile = ObjectShape(
        "shared objectives",
        [
            .required("gauntlet-objectives", integer(1, 1), "version of the format"),
            .required("blocks", .map(objectives), "lists of objectives, by name"),
        ])

    private static let nothing = ObjectShape(
        "`exercises`", [.required("nothing", text, "why no mechanism decides this")])

    private static let phases = ObjectShape(
        "phases",
        [
            .required("baseline", duration(), "before the faults: the measure of normal"),
            .required("faults", duration(), "in which faults are injected"),
            .required("recovery", duration(), "after all faults are reverted"),
        ])

    private static let workload = ObjectShape(
        "the workload",
        [
            .required(
                "requests",
                .object(
                    ObjectShape(
                        "`requests`",
                        [
                            .required("rate", .scalar(ScalarRule(.rate, low: 1)), "how often"),
                            .byDefault("per", .word(["agent"]), "agent", "whose rate it is"),
                            .required("timeout", duration(low: 1), "after which a request has failed"),
                        ])), "requests to the agents"),
            .optional(
                "messages",
                .object(
                    ObjectShape(
                        "`messages`",
                        [
                            .required("rate", .scalar(ScalarRule(.rate)), "how often; 0/s is never"),
                            .byDefault("per", .word(["agent"]), "agent", "whose rate it is"),
                            .required("stream", name, "where they go"),
                        ])), "messages that the agents publish"),
        ])

    /// A limit: a share, a duration or a count, after its metric.
    private static let limit = Shape.oneOf(
        [
            .scalar(ScalarRule(.share, high: 1_000_000_000)), duration(), .scalar(ScalarRule(.number)),
        ], expected: "a share such as `99.9%`, a duration such as `5s`, or a number, after its metric")

    static let objective = ObjectShape(
        "an objective",
        [
            .optional("id", name, "unique here; the metric, with the fault's id where it has one, unless given"),
            .required("metric", .word(Metric.allCases.map(\.rawValue)), "what is measured"),
            .optional("of", name, "the fault whose time is measured"),
            .optional(
                "over",
                .oneOf(
                    [.word(["budget", "impact", "run"]), duration(low: 1)],
                    expected: "`budget`, `impact`, `run` or the length of a window such as `1min`"),
                "the time it is judged over"),
            .optional("min", limit, "the value must not be below this"),
            .optional("max", limit, "the value must not be above this"),
            .optional("group", name, "a group, agent or hub that it is restricted to"),
            .byDefault("weight", .scalar(ScalarRule(.number)), "1", "its part in the score"),
            .optional("floor", limit, "where its credit reaches zero"),
            .byDefault("invariant", flag, "false", "broken, it caps the score at 50"),
            .byDefault("advisory", flag, "false", "reported but not counted"),
            .byDefault(
                "stat", .word(Objective.Statistic.allCases.map(\.rawValue)), "worst",
                "which instance of a repeating fault counts"),
            .optional("promise", name, "the promise it puts to the test"),
            .optional(
                "world", .word(Objective.World.allCases.map(\.rawValue)),
                "where alone it is demanded; both, unless given"),
        ])

    private static let safety = ObjectShape(
        "`safety`",
        [
            .optional(
                "blast-radius",
                .object(
                    ObjectShape(
                        "`blast-radius`",
                        [
                            .optional("hosts", integer(0, 1_000_000), "targeted at once, at most"),
                            .optional("agents", share(), "targeted at once, at most"),
                        ])), "ceilings"),
            .optional(
                "abort-when",
                .list(
                    .object(
                        ObjectShape(
                            "an abort rule",
                            [
                                .required(
                                    "metric", .word(AbortRule.Metric.allCases.map(\.rawValue)), "what is watched"),
                                .required("over", duration(low: 1), "the last so long"),
                                .required("below", share(low: 1), "ends the run"),
                            ]))), "ends the run early and heals"),
        ])

    private static let variant = ObjectShape(
        "a variant",
        [
            .optional("summary", text, "what is different"),
            .required("set", .map(.anything), "values by path, as `--set` takes them"),
        ])
}
