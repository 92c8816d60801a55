/// The `live` of the fleet format: how a fleet of foreign processes runs, and what its clients ask.
enum LiveShape {
    private static let text = FleetShape.text
    private static let words = Shape.list(text, identity: nil, atLeast: 1)

    static let root = ObjectShape(
        "how it runs live",
        [
            .optional("processes", .map(.object(process)), "members that are started for a run, by name"),
            .optional("files", .list(.object(file), identity: nil), "written before they start"),
            .optional("attach", .map(.object(attachment)), "members that run already on their host, by name"),
            .optional("hosts", .map(.object(machine)), "of attached members: hosts that are other machines, by name"),
            .optional("clients", .map(.object(client)), "what the client of an agent asks, by the agent's name"),
        ])

    static let process = ObjectShape(
        "a process",
        [
            .required("command", words, "program and arguments; no shell"),
            .optional("ready-port", FleetShape.port, "it is ready when it accepts connections there"),
            .optional("environment", .map(text), "variables"),
            .byDefault(
                "stage", .scalar(ScalarRule(.integer, high: 100)), "0",
                "started when all of the stages before are ready"),
            .byDefault("supervised", .scalar(ScalarRule(.boolean)), "true", "whether it is started again when it ends"),
        ])

    static let file = ObjectShape(
        "a file",
        [
            .required("path", text, "below /fleet/conf"),
            .byDefault("mode", text, "0644", "its permissions, octal"),
            .required("text", text, "what it holds; `${address:HOST}`, `${port:MEMBER}`, `${disk:HOST}` are filled in"),
        ])

    static let attachment = ObjectShape(
        "an attached process",
        [
            .optional("pid-file", text, "the file that holds its number"),
            .optional("unit", text, "its systemd unit"),
            .optional("cgroup", text, "its cgroup"),
            .optional("port", FleetShape.port, "where it listens"),
            .optional("command", text, "its whole command line, with * and ?"),
            .optional("start", words, "starts it; program and arguments, no shell"),
            .optional("stop", words, "stops it in order"),
        ])

    static let machine = ObjectShape(
        "a machine",
        [
            .optional("ssh", text, "`user@name`: its executor runs there, at the far end of an ssh session"),
            .optional("port", FleetShape.port, "of its sshd"),
            .optional("identity", text, "file of the private key"),
            .optional("known-hosts", text, "file with its host key, which is always checked"),
            .optional("gauntlet-host", text, "the program there, an absolute path; found on its PATH unless given"),
            .byDefault("sudo", .scalar(ScalarRule(.boolean)), "false", "whether it runs by sudo, without a password"),
            .optional("address", text, "by which other hosts and clients reach it; IPv4"),
            .optional("disk", text, "a path on the file system with its data"),
        ])

    static let client = ObjectShape(
        "a client",
        [
            .optional("http", text, "asks this path by GET"),
            .optional("tcp", .scalar(ScalarRule(.boolean)), "connects"),
            .optional("redis", text, "sends this command"),
            .optional("nats", text, "sends a request on this subject"),
            .optional("command", words, "runs this program; 0 is a success"),
            .optional(
                "addresses", .list(text, identity: nil, atLeast: 1),
                "members or HOST:PORT, the next one after a failure; the agent itself unless given"),
            .optional(
                "expect", text, "an HTTP status or a part of the body, a Redis reply's text, a part of a NATS reply"),
            .optional("credential-file", text, "with `user password` for Redis or NATS"),
        ])
}
