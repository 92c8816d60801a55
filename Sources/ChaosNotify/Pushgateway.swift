public import ChaosPlan
import Foundation

/// Prometheus' Pushgateway: https://github.com/prometheus/pushgateway#api. A `PUT` replaces all metrics of its group.
public enum Pushgateway {
    public struct Failure: Error, Hashable, Sendable {
        public var message: String

        public init(message: String) { self.message = message }
    }

    /// Puts metrics in the place of a group's earlier ones.
    ///
    /// - Parameters:
    ///   - text: in Prometheus' text format; without timestamps, which it refuses.
    ///   - url: its root, such as `http://127.0.0.1:9091`.
    ///   - grouping: labels beside the job that tell groups apart, in order.
    ///   - limit: time for all of it.
    public static func put(
        _ text: String, to url: String, job: String, grouping: [(name: String, value: String)],
        within limit: Nanoseconds = 10 * .second
    ) async throws(Failure) {
        if let fault = AddressRule.fault(url, carriesSecret: false) {
            throw Failure(message: "\(fault.message); \(fault.hint)")
        }
        let root = url.hasSuffix("/") ? String(url.dropLast()) : url
        let request = HTTPRequest(
            method: "PUT", url: root + path(job: job, grouping: grouping),
            headers: [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")], body: Array(text.utf8))
        let result = await withCheckedContinuation { continuation in
            URLSessionTransport().send(request, limit: limit / .millisecond) { continuation.resume(returning: $0) }
        }
        switch DeliveryOutcome(result, secrets: [], now: 0) {
        case .delivered: return
        case .retry(let why, _), .refused(let why): throw Failure(message: "\(root): \(why)")
        }
    }

    /// `/metrics/job/gauntlet/scenario/hub-failover`; what a path cannot hold as it is goes in URL-safe base64 behind
    /// `NAME@base64`.
    package static func path(job: String, grouping: [(name: String, value: String)]) -> String {
        ([(name: "job", value: job)] + grouping).reduce("/metrics") { path, label in
            let value = label.value
            let isPlain =
                !value.isEmpty && value.utf8.allSatisfy(isUnreserved)
                // These name directories, wherever they stand.
                && value != "." && value != ".."
            return path + (isPlain ? "/\(label.name)/\(value)" : "/\(label.name)@base64/\(base64(value))")
        }
    }

    /// RFC 3986, section 2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// RFC 4648, section 5; an empty value is one `=`, as a path cannot hold nothing.
    private static func base64(_ text: String) -> String {
        guard !text.isEmpty else { return "=" }
        return Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
    }
}
