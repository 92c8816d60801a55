import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Responses with the headers that every one of this server has.
enum Answer {
    /// Nothing but this server's own files, and nobody may frame it.
    private static let pagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// A report carries its own script and style, and may be anybody's: it runs in an origin of its own, without cookies,
    /// and reaches nothing.
    static let reportPolicy =
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"

    static func make(
        _ status: Int, _ type: String, _ body: [UInt8], policy: String = pagePolicy, more: [(String, String)] = []
    ) -> Response {
        Response(
            status: HTTPResponse.Status(code: status), headers: headers(type, policy: policy, more: more),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    static func text(_ status: Int, _ text: String, more: [(String, String)] = []) -> Response {
        make(status, "text/plain; charset=utf-8", Array((text + "\n").utf8), more: more)
    }

    static func json(_ status: Int, _ value: some Encodable, more: [(String, String)] = []) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("an answer cannot be encoded") }
        return make(status, "application/json", Array(data), more: more)
    }

    static func stream(_ body: ResponseBody) -> Response {
        Response(status: .ok, headers: headers("text/event-stream", policy: pagePolicy, more: []), body: body)
    }

    private static func headers(_ type: String, policy: String, more: [(String, String)]) -> HTTPFields {
        var fields = HTTPFields()
        let all =
            [
                ("Content-Type", type), ("Cache-Control", "no-store"), ("Content-Security-Policy", policy),
                ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
                ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
            ] + more
        for (name, value) in all {
            guard let name = HTTPField.Name(name) else { preconditionFailure("no header name: \(name)") }
            fields.append(HTTPField(name: name, value: value))
        }
        return fields
    }
}
