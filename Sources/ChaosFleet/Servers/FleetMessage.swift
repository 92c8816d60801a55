import ChaosPlan

/// A message of an agent, all of it a function of the agent and the counter: whoever reads one can tell whether it is whole.
public struct FleetMessage: Hashable, Sendable {
    public var agent: String
    public var counter: UInt64

    public init(agent: String, counter: UInt64) {
        self.agent = agent
        self.counter = counter
    }

    /// For deduplication.
    public var id: String { "\(agent)-\(counter)" }

    public func subject(stream: String) -> String { "\(stream).\(agent)" }

    /// The counter, a space, and letters up to `size` bytes.
    public func payload(size: Int) -> [UInt8] {
        var bytes = Array("\(counter) ".utf8)
        var key = Draw.hash(agent) ^ counter
        while bytes.count < size {
            key = Draw.mix(key)
            for shift in 0..<8 where bytes.count < size {
                bytes.append(97 + UInt8(truncatingIfNeeded: key >> UInt64(shift * 8)) % 26)
            }
        }
        return bytes
    }

    /// From what was read; nil if it is no agent's.
    public init?(subject: String, payload: [UInt8]) {
        guard let dot = subject.firstIndex(of: "."), let space = payload.firstIndex(of: 32),
            let counter = UInt64(String(decoding: payload[..<space], as: UTF8.self))
        else { return nil }
        self.init(agent: String(subject[subject.index(after: dot)...]), counter: counter)
    }

    /// The first 16 hexadecimal digits of a payload's SHA-256.
    public static func hash(_ payload: [UInt8]) -> String { String(SHA256.hex(payload).prefix(16)) }
}
