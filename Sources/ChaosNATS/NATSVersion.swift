internal import CNATS

/// The client library beneath.
public enum NATSVersion {
    public static var text: String { String(cString: nats_GetVersion()) }
}
