/// The JSON Schema (draft 2020-12) of the formats, for editors; it says what shapes can say, and `gauntlet check` the rest.
public enum FormatSchema {
    /// Of scenario files, as committed in docs/scenario.schema.json.
    public static func scenario() -> String {
        SchemaWriter.write(ScenarioShape.root, title: "Gauntlet scenario")
    }

    /// Of fleet files, as committed in docs/fleet.schema.json.
    public static func fleet() -> String {
        SchemaWriter.write(FleetShape.root, title: "Gauntlet fleet")
    }
}
