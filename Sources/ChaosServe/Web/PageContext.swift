import Hummingbird
import HummingbirdCore
import NIOCore

/// A request's surroundings: who is at the other end.
struct PageContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Without the port: what refusals are counted by.
    var address: String { channel.remoteAddress?.ipAddress ?? "unknown" }

    /// With it, for the audit log.
    var peer: String {
        guard let port = channel.remoteAddress?.port else { return address }
        return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
