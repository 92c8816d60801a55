/// Text to plan: a scenario with its fleet, its variant and its overrides.
public enum PlanReader {
    /// Reads a scenario and everything it refers to.
    ///
    /// - Parameters:
    ///   - text: the scenario.
    ///   - file: its name as the operator gave it, for problems.
    ///   - variant: of the scenario's `variants`; nil for the scenario as it stands.
    ///   - overrides: `path=value` as given to `--set`, applied in order after the variant.
    ///   - disable: mechanisms to switch off in the fleet.
    ///   - fleetFile: read in place of the scenario's `fleet:`.
    ///   - load: the text of a file: called with `fleet:` and `objectives.yaml` as written in the scenario (so relative to
    ///     its directory) and with `fleetFile` as given here; nil when there is no such file.
    public static func read(
        scenario text: String, file: String, variant: String? = nil, overrides: [String] = [],
        disable: [Mechanism] = [],
        fleetFile: String? = nil, load: (String) -> String?
    ) -> Reading {
        let log = ProblemLog()
        var reading = Reading(plan: nil, problems: [], files: [.init(path: file, text: text)], variants: [])
        guard var tree = SourceReader.read(text, file: file, log: log),
            RootCheck.isObject(tree, marker: "gauntlet", other: "gauntlet-fleet", log: log)
        else {
            reading.problems = log.sorted
            return reading
        }
        reading.variants = (tree["variants"]?.entries ?? []).map(\.key)
        let changes =
            variantOverrides(variant, in: tree, file: file, log: log)
            + overrides.compactMap { Override.parse($0, log: log) }
        let shape = Shape.object(ScenarioShape.root)
        let ofScenario = changes.filter { $0.root == .scenario }
        let application = OverrideApplication(log: log)
        for change in ofScenario where change.segments[0] == "use" {
            application.apply(change, to: &tree, shape: shape)
        }
        SharedObjectives(file: sibling("objectives.yaml", of: file), log: log).merge(into: &tree) { path in
            let text = load(path)
            if let text { reading.files.append(.init(path: path, text: text)) }
            return text
        }
        for change in ofScenario where change.segments[0] != "use" {
            application.apply(change, to: &tree, shape: shape)
        }
        var validator = Validator(log: log)
        let value = validator.read(tree, as: shape, path: "")
        let errorsBeforeFleet = log.errorCount
        let fleet = fleet(
            value, tree, override: fleetFile, of: file, changes: changes.filter { $0.root == .fleet }, disable: disable,
            load: load,
            files: &reading.files, log: log)
        let isFleetGood = log.errorCount == errorsBeforeFleet
        if let fleet {
            let builder = PlanBuilder(root: value, fleet: fleet, isFleetGood: isFleetGood, disable: disable, log: log)
            let plan = builder.build(digest: Digest.of(value, seededBy: fleet.digest))
            if log.errorCount == 0 { reading.plan = plan }
        }
        reading.problems = log.sorted
        return reading
    }

    private static func variantOverrides(_ variant: String?, in tree: SourceNode, file: String, log: ProblemLog)
        -> [Override]
    {
        guard let variant else { return [] }
        let known = (tree["variants"]?.entries ?? [])
        guard let chosen = known.first(where: { $0.key == variant }) else {
            let place = tree["variants"]?.place ?? Place(file: file, line: 1, column: 1)
            log.error(
                place, "no variant `\(SourceNode.short(variant))`", NearestWord.hint(variant, among: known.map(\.key)))
            return []
        }
        return (chosen.node["set"]?.entries ?? []).compactMap {
            Override(path: $0.key, place: $0.place, value: $0.node, log: log)
        }
    }

    private static func fleet(
        _ value: Value, _ tree: SourceNode, override: String?, of file: String, changes: [Override],
        disable: [Mechanism],
        load: (String) -> String?, files: inout [Reading.File], log: ProblemLog
    ) -> Fleet? {
        let written = value["fleet"]?.text ?? ""
        let path = override ?? written
        guard !path.isEmpty else { return nil }
        let place =
            override.map { Place(file: "--fleet \($0)", line: 1, column: 1) } ?? value["fleet"]?.place ?? value.place
        guard let text = load(path) else {
            log.error(
                place, "no fleet file `\(SourceNode.short(path))`", "the path is relative to the scenario's directory")
            return nil
        }
        files.append(.init(path: path, text: text))
        let ofScenario = (tree["fleet-set"]?.entries ?? []).compactMap {
            Override(path: $0.key, place: $0.place, value: $0.node, inFleet: true, log: log)
        }
        let disabled = disable.compactMap { mechanism -> Override? in
            let place = Place(file: "--disable \(mechanism.rawValue)", line: 1, column: 1)
            let word = SourceNode(place: place, content: .scalar(mechanism.rawValue))
            var change = Override(path: "policies.disabled", place: place, value: word, inFleet: true, log: log)
            change?.appends = true
            return change
        }
        let name = override ?? sibling(path, of: file)
        return FleetReader.read(text: text, file: name, overrides: ofScenario + changes + disabled, log: log)
    }

    /// A path beside `file`, for messages.
    private static func sibling(_ path: String, of file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }
}
