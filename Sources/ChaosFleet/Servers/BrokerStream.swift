public import ChaosPlan

/// One stream of a fleet's broker.
public struct BrokerStream: Hashable, Sendable {
    public struct Source: Hashable, Sendable {
        public var stream: String
        public var domain: String
    }

    /// The server on whose disk it is; nil: on all, as a cluster.
    public var server: Int?
    public var name: String
    /// Empty for one that only copies.
    public var subjects: [String]
    public var replicas: Int
    public var duplicateWindow: Nanoseconds
    public var sources: [Source]

    /// All that agents' messages go through, originals before copies.
    public static func all(of broker: Fleet.Broker, stream: String) -> [BrokerStream] {
        guard broker.mode == .leaf else {
            return [
                BrokerStream(
                    server: nil, name: stream, subjects: ["\(stream).>"], replicas: min(5, broker.servers.count),
                    duplicateWindow: broker.dedupeWindow, sources: [])
            ]
        }
        let originals = broker.servers.indices.map { index in
            BrokerStream(
                server: index, name: stream, subjects: ["\(stream).>"], replicas: 1,
                duplicateWindow: broker.dedupeWindow, sources: [])
        }
        let copies = broker.servers.indices.flatMap { index in
            broker.servers.indices.filter { $0 != index }.map { other in
                BrokerStream(
                    server: index, name: "\(stream)-from-\(broker.servers[other].name)", subjects: [], replicas: 1,
                    duplicateWindow: broker.dedupeWindow,
                    sources: [Source(stream: stream, domain: broker.servers[other].name)])
            }
        }
        return originals + copies
    }
}
