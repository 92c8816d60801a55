public import ChaosPlan

/// `notifications.yaml`, checked: which events matter how much, and who is told how.
public struct NotifyConfiguration: Sendable {
    /// Who speaks: in every message.
    public var source: String
    /// The directory of undelivered messages.
    public var outbox: String
    /// A problem that goes on is told again after this long; until then its events are only counted.
    var window: Nanoseconds
    /// A message that could not be delivered for this long is given up.
    var giveUpAfter: Nanoseconds
    /// The first that fits an event decides.
    var rules: [Rule]
    /// Names of receivers, in file order.
    var routes: [Level: [String]]
    /// By name in file order.
    package var receivers: [Receiver]

    /// Names of all receivers, in file order.
    public var receiverNames: [String] { receivers.map(\.name) }

    /// Reads a configuration file and the permissions of the secrets' files; nil when any of the problems is an error.
    ///
    /// - Parameters:
    ///   - text: of the file.
    ///   - file: its path: problems name it, and paths in it are relative to its directory.
    public static func read(text: String, file: String) -> (NotifyConfiguration?, [Problem]) {
        ConfigurationReader(file: file).read(text)
    }

    /// The level of an event; nil where no rule wants it told.
    package func level(of event: NotificationEvent) -> Level? { rules.first { $0.matches(event) }?.level }

    package func receiver(_ name: String) -> Receiver? { receivers.first { $0.name == name } }
}
