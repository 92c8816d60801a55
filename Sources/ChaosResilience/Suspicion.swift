/// What a failure detector believes of the peer it watches.
///
/// Only a belief: a slow link, a paused peer or a paused *observer* look like a crash.
public enum Suspicion: UInt8, Sendable {
    /// Heard of recently enough.
    case trusted
    /// Silent for too long.
    case suspected
}
