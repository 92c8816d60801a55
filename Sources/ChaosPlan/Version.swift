/// Of the engine: part of what makes a run repeatable, and written into every journal.
public enum EngineVersion {
    public static let text = "0.1.0"
}
