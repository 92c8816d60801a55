/// Text to fleet.
public enum FleetReader {
    /// Reads a fleet; nil when any of the problems is an error.
    ///
    /// `overrides` are `path=value`, their paths relative to the fleet, with or without a leading `fleet.`.
    public static func read(text: String, file: String, overrides: [String] = []) -> (Fleet?, [Problem]) {
        let log = ProblemLog()
        let parsed = overrides.compactMap { Override.parse($0, inFleet: true, log: log) }
        let fleet = read(text: text, file: file, overrides: parsed, log: log)
        return (log.errorCount == 0 ? fleet : nil, log.sorted)
    }

    /// The fleet as far as it could be read; it is good only if no error was logged.
    static func read(text: String, file: String, overrides: [Override], log: ProblemLog) -> Fleet? {
        guard var tree = SourceReader.read(text, file: file, log: log) else { return nil }
        guard RootCheck.isObject(tree, marker: "gauntlet-fleet", other: "gauntlet", log: log) else { return nil }
        let shape = Shape.object(FleetShape.root)
        for override in overrides { OverrideApplication(log: log).apply(override, to: &tree, shape: shape) }
        var validator = Validator(log: log)
        let value = validator.read(tree, as: shape, path: "fleet")
        var builder = FleetBuilder(value, log: log)
        return builder.build(parameters: validator.parameters, digest: Digest.of(value))
    }
}
