public import ChaosFleet

/// The holder of a throw-away namespace.
public struct Holder: Sendable {
    public var spec: LaunchSpec

    public init(spec: LaunchSpec) { self.spec = spec }
}
