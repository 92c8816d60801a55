/// Takes events. What the service and a run know of notifications: a test gives them a sink of its own.
public protocol EventSink: Sendable {
    /// Takes note of an event and returns at once. Never throws, never waits for a disk or a network: a failing notifier
    /// must not harm a run.
    func notify(_ event: NotificationEvent)
}

/// Where no notifications are configured.
public struct NoNotifications: EventSink {
    public init() {}

    public func notify(_ event: NotificationEvent) {}
}
