import ChaosFleet

/// The real world.
public enum LiveWorlds {
    static var root: String { FleetLayout.root }
}
