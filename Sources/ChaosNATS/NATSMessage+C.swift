internal import CNATS
import Glibc

extension NATSMessage {
    /// Copies everything; the C message stays its owner's.
    init(_ raw: OpaquePointer) {
        self.init(
            subject: natsMsg_GetSubject(raw).map { String(cString: $0) } ?? "", payload: Self.payload(of: raw),
            headers: Self.headers(of: raw))
    }

    static func payload(of raw: OpaquePointer) -> [UInt8] {
        let count = Int(natsMsg_GetDataLength(raw))
        guard count > 0, let data = natsMsg_GetData(raw) else { return [] }
        return Array(UnsafeRawBufferPointer(start: data, count: count))
    }

    private static func headers(of raw: OpaquePointer) -> [String: String] {
        var keys: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        var count: Int32 = 0
        guard natsMsgHeader_Keys(raw, &keys, &count) == NATS_OK, let keys else { return [:] }
        // The array is ours, its strings are the message's.
        defer { free(keys) }
        var headers: [String: String] = [:]
        for index in 0..<Int(count) {
            var value: UnsafePointer<CChar>?
            guard let key = keys[index], natsMsgHeader_Get(raw, key, &value) == NATS_OK, let value else { continue }
            headers[String(cString: key)] = String(cString: value)
        }
        return headers
    }
}
