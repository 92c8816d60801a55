/// What a hub knows of one agent.
@frozen
public struct OwnershipEntry: Sendable, Equatable {
    /// The epoch in which the present owner holds the agent: its fencing token. Zero: never claimed.
    public var epoch: UInt32 = 0
    /// Counts every change of the entry.
    public var version: UInt32 = 0
    /// The hub that owns the agent; `unowned` before the first claim.
    public var owner: UInt8 = unowned
    /// The agent's health as last reported; what the numbers mean is the driver's affair.
    public var health: UInt8 = 0
    /// When the entry last changed, by the clock of the hub that changed it.
    public var updatedAt: Nanoseconds = 0

    /// The owner of an agent that nobody has claimed.
    public static var unowned: UInt8 { .max }

    /// An entry of an agent that nobody has claimed.
    @inlinable
    public init() {}

    /// Whether this entry prevails over another of the same agent.
    ///
    /// The highest (epoch, version, owner) wins. Health and time only break the tie between two replicas that
    /// changed the same version: without a *total* order two hubs could each keep their own and never agree.
    @inlinable
    public func prevails(over other: OwnershipEntry) -> Bool {
        (epoch, version, owner, health, updatedAt)
            > (other.epoch, other.version, other.owner, other.health, other.updatedAt)
    }
}
