import ChaosPlan

/// The keys of `notifications.yaml`, for the reader that scenarios and fleets are read with.
enum ConfigurationShape {
    static let root = ObjectShape(
        "a notification file",
        [
            .required(
                "gauntlet-notifications", .scalar(ScalarRule(.integer, low: 1, high: 1)), "the format's version: 1"),
            .optional("source", text, "who speaks, in every message; the host's name if left out"),
            .byDefault("outbox", text, "notify-outbox", "directory of undelivered messages"),
            .byDefault(
                "window", .scalar(ScalarRule(.duration, low: .second, high: 168 * .hour)), "30min",
                "a problem that goes on is told again after this long"),
            .byDefault(
                "give-up-after", .scalar(ScalarRule(.duration, low: .second, high: 720 * .hour)), "24h",
                "a message that could not be delivered for this long is given up"),
            .required("rules", .list(.object(rule), identity: nil, atLeast: 1), "the first that fits an event decides"),
            .required("routes", .list(.object(route), identity: "level", atLeast: 1), "who is told, by level"),
            .required("receivers", .list(.object(receiver), identity: "name", atLeast: 1), "how they are told"),
        ])

    static let text = Shape.scalar(ScalarRule(.text))
    private static let name = Shape.scalar(ScalarRule(.name))
    private static let level = Shape.scalar(ScalarRule(.integer, low: 1, high: 3))
    private static let kinds = NotificationEvent.Kind.allCases.filter { $0 != .test }.map(\.rawValue)
    static let verdicts = ["held", "inconclusive", "deviated"]

    private static func oneOrMore(_ words: [String], _ expected: String) -> Shape {
        .oneOf([.word(words), .list(.word(words), identity: nil, atLeast: 1)], expected: expected)
    }

    private static let rule = ObjectShape(
        "a rule",
        [
            .required("on", oneOrMore(kinds, "an event such as `run-ended`, or a list of them"), "which events"),
            .optional("verdict", oneOrMore(verdicts, "a verdict, or a list of them"), "of the run that ended"),
            .optional("scenario", text, "its name, `*` for any letters"),
            .optional("world", .word(["simulated", "live"]), "where it ran"),
            .optional("at-least", .scalar(ScalarRule(.share, high: 1_000_000_000)), "how much of the budget is spent"),
            .required("level", level, "1 ops, 2 critical, 3 incident"),
        ])

    private static let route = ObjectShape(
        "a route",
        [
            .required("level", level, "1 ops, 2 critical, 3 incident"),
            .required("to", .list(name, identity: nil, atLeast: 1), "names of receivers"),
        ])

    private static let url = ObjectShape.Key.optional(
        "url", text, "where to; an address that is secret goes to url-file")
    private static let urlFile = ObjectShape.Key.optional(
        "url-file", text, "a file that only its owner can read, with the address in it")

    private static let receiver = ObjectShape(
        "a receiver",
        [
            .required("name", name, "for routes and messages"),
            .required("kind", .word(["webhook", "slack", "pagerduty", "alertmanager"]), "how it is told"),
            .byDefault(
                "timeout", .scalar(ScalarRule(.duration, low: 50 * .millisecond, high: 10 * .minute)), "10s",
                "of one delivery, from the connection to the end of the answer"),
        ],
        tag: .init(
            key: "kind",
            alternatives: [
                .init(
                    word: "webhook",
                    keys: [
                        url, urlFile,
                        .optional("secret-file", text, "a file with the key that messages are signed with"),
                    ]),
                .init(
                    word: "slack",
                    keys: [.required("url-file", text, "a file with the incoming webhook's address")]),
                .init(
                    word: "pagerduty",
                    keys: [
                        .required("routing-key-file", text, "a file with the integration key"),
                        .byDefault("url", text, Receiver.pagerDuty, "another region's address of the Events API v2"),
                    ]),
                .init(
                    word: "alertmanager",
                    keys: [
                        .required("url", text, "its root, such as http://127.0.0.1:9093"),
                        .byDefault(
                            "hold", .scalar(ScalarRule(.duration, low: .minute, high: 720 * .hour)), "24h",
                            "how long an alert lasts that nobody ends"),
                    ]),
            ]))
}
