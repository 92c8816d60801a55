package import ChaosPlan

/// What a runner asks of an executor: one JSON object a line.
package enum HostRequest {
    /// Opens the session: which run, how long a lease lasts, which flows are the runner's own.
    case hello(id: Int, Hello)
    case inject(id: Int, fault: Value, probes: [ProbeTarget])
    case revert(id: Int, fault: String)
    /// Holds all faults for another lease.
    case renew(id: Int)
    case status(id: Int)
    /// Measures now; changes nothing.
    case probe(id: Int, [ProbeTarget])
    /// How busy this host is, and how full the file system of a path; changes nothing.
    case load(id: Int, path: String)
    /// Reverts all and ends the executor.
    case halt(id: Int)

    package struct Hello {
        var version: Int
        var run: String
        var lease: Nanoseconds
        var control: [ControlFlow]
    }

    static let version = 1

    /// Which reply answers it.
    var id: Int {
        switch self {
        case .hello(let id, _), .inject(let id, _, _), .revert(let id, _), .renew(let id), .status(let id),
            .probe(let id, _), .load(let id, _), .halt(let id):
            id
        }
    }

    /// Reads a line; all its problems in one error.
    package static func read(_ line: String) throws(HostError) -> HostRequest {
        let (value, problems) = ObjectReader.read(line, name: "request", as: shape)
        guard let value else {
            let text = problems.map(\.description).joined(separator: " | ")
            throw HostError(.malformed, text.isEmpty ? "the request is empty" : text)
        }
        let id = value.int("id")
        switch value.text("op") {
        case "hello":
            return .hello(
                id: id,
                Hello(
                    version: value.int("version"), run: value.text("run"), lease: value.quantity("lease"),
                    control: try value.items("control").map(\.text).map { (text) throws(HostError) in
                        try ControlFlow(text)
                    }))
        case "inject":
            return .inject(id: id, fault: value.at("fault"), probes: try ProbeTarget.read(value.items("probes")))
        case "revert": return .revert(id: id, fault: value.text("fault"))
        case "renew": return .renew(id: id)
        case "status": return .status(id: id)
        case "probe": return .probe(id: id, try ProbeTarget.read(value.items("probes")))
        case "load": return .load(id: id, path: value.text("path"))
        default: return .halt(id: id)
        }
    }

    /// The id of a line that cannot be served, where it has one: its reply can then be told from others.
    static func id(in line: String) -> Int? { ObjectReader.integer("id", in: line) }

    private static let name = Shape.scalar(ScalarRule(.name))
    private static let probes = Shape.list(.object(ProbeTarget.shape))

    static let shape = ObjectShape(
        "a request",
        [
            .required("op", .word(words), "what is asked"),
            .required("id", .scalar(ScalarRule(.integer)), "repeated in the reply as `re`"),
        ],
        tag: .init(
            key: "op",
            alternatives: [
                .init(
                    word: "hello",
                    keys: [
                        .required("version", .scalar(ScalarRule(.integer, low: 1, high: 1)), "of the protocol"),
                        .required("run", name, "the run that holds the host"),
                        .byDefault(
                            "lease", .scalar(ScalarRule(.duration, low: 200 * .millisecond, high: .hour)), "2s",
                            "faults are reverted this long after the last `renew`"),
                        .optional(
                            "control", .list(.scalar(ScalarRule(.text))),
                            "address:port of the runner's own flows, exempt from every fault"),
                    ]),
                .init(
                    word: "inject",
                    keys: [
                        .required("fault", .object(FaultCatalogue.shape), "what is done, to whom"),
                        .optional("probes", probes, "measured before and after, as proof from outside"),
                    ]),
                .init(word: "revert", keys: [.required("fault", name, "the fault's id")]),
                .init(word: "renew", keys: []),
                .init(word: "status", keys: []),
                .init(word: "probe", keys: [.required("probes", probes, "what is measured")]),
                .init(
                    word: "load",
                    keys: [
                        .byDefault(
                            "path", .scalar(ScalarRule(.text)), "/", "on the file system whose fill is told")
                    ]),
                .init(word: "halt", keys: []),
            ]))

    private static let words = ["hello", "inject", "revert", "renew", "status", "probe", "load", "halt"]
}

extension ControlFlow {
    /// `10.0.0.1:22` or `[fd00::1]:22`.
    package init(_ text: String) throws(HostError) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else {
            throw HostError(
                .malformed, "`\(text)` is not an address with a port", hint: "write `10.0.0.1:22` or `[fd00::1]:22`")
        }
        var address = text[..<colon]
        if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
        self.init(address: try IPAddress(String(address)).text, port: port, localPort: nil)
    }
}

/// Whether an executor would read a line, without an executor.
package enum RequestSyntax {
    /// What it would answer, nil if it reads the line.
    package static func error(in line: String) -> HostError? {
        do throws(HostError) {
            _ = try HostRequest.read(line)
            return nil
        } catch {
            return error
        }
    }
}
