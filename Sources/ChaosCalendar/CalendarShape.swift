internal import ChaosPlan

/// The calendar's format.
enum CalendarShape {
    private static let name = Shape.scalar(ScalarRule(.name))
    private static let text = Shape.scalar(ScalarRule(.text))
    private static let flag = Shape.scalar(ScalarRule(.boolean))
    private static func duration(low: Int64 = 0) -> Shape { .scalar(ScalarRule(.duration, low: low)) }
    private static let share = Shape.scalar(ScalarRule(.share, high: 1_000_000))
    static let worlds = ["simulated", "live"]
    static let marker = "gauntlet-calendar"

    static let root = ObjectShape(
        "a calendar",
        [
            .required(marker, .scalar(ScalarRule(.integer, low: 1, high: 1)), "version of the format"),
            .byDefault("timezone", text, "UTC", "of weeks and blackouts, and of runs that name none"),
            .optional("out", text, "where runs are written, if not where the service writes"),
            .optional("hours", .map(.list(text, identity: nil, atLeast: 1)), "times of the week, by name"),
            .optional("blackouts", .list(.object(blackout), identity: "id"), "times in which nothing runs"),
            .optional("budgets", .list(.object(budget), identity: "fleet"), "chaos's share of a fleet's error budget"),
            .optional("retention", .object(retention), "which runs are kept"),
            .required("runs", .list(.object(run), identity: "id"), "what runs, and when"),
        ])

    private static let blackout = ObjectShape(
        "a blackout",
        [
            .required("id", name, "unique here"),
            .optional("from", text, "its first date, or date and time"),
            .optional("to", text, "its last date, or the time of its end"),
            .optional("weekly", text, "a time of the week in place of dates"),
            .optional("world", .word(worlds), "where alone it holds"),
            .optional("why", text, "shown where it forbids"),
        ])

    private static let budget = ObjectShape(
        "a budget",
        [
            .required("fleet", name, "the fleet's name"),
            .byDefault("world", .word(worlds), "live", "whose runs are counted"),
            .byDefault("availability", share, "99.9%", "what the fleet promises"),
            .required("share", share, "how much of the error budget chaos may spend in a week"),
        ])

    private static let retention = ObjectShape(
        "`retention`",
        [
            .optional("runs", .scalar(ScalarRule(.integer, low: 1, high: 1_000_000)), "of each scenario, the latest"),
            .optional("age", duration(low: .hour), "no older than this"),
        ])

    private static let run = ObjectShape(
        "a run",
        [
            .required("id", name, "unique here"),
            .required("scenario", text, "its name or file, with `@VARIANT` for a variant"),
            .byDefault("world", .word(worlds), "simulated", "where it runs"),
            .required("cron", text, "minute, hour, day of month, month, day of week; in quotes"),
            .optional("timezone", text, "of its cron expression and hours"),
            .byDefault("jitter", duration(), "0s", "it starts up to so much later, drawn from name and due time"),
            .byDefault(
                "seed",
                .oneOf(
                    [.word(["due"]), .scalar(ScalarRule(.integer))],
                    expected: "`due` (drawn from the due time), or a whole number"), "due", "of its runs"),
            .optional("fleet", text, "a fleet's name or file, in place of the scenario's own"),
            .optional("set", .list(text), "overrides, as `--set` takes them"),
            .optional("hours", name, "of `hours`: when alone it may run, from its start to its end"),
            .byDefault(
                "missed",
                .oneOf(
                    [.word(["skip", "once"]), .object(within)],
                    expected: "`skip`, `once` or `{ within: 2h }`"), "skip",
                "what becomes of a run whose time passed"),
            .optional("rehearse", flag, "first in the simulator; live runs are, unless `false`"),
            .optional(
                "preflight",
                .oneOf(
                    [.word(["fleet-status", "none"]), .list(text, identity: nil, atLeast: 1)],
                    expected: "`fleet-status`, `none` or a program with its arguments as a list"),
                "how the fleet is seen to be well; `fleet-status` for live runs"),
            .byDefault("pause", flag, "true", "a deviated run pauses the calendar"),
            .optional("out", text, "where its runs are written"),
            .byDefault("enabled", flag, "true", "`false` leaves it out"),
        ])

    private static let within = ObjectShape(
        "`missed`", [.required("within", duration(low: .second), "how late it may still start")])
}
