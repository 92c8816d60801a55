import Foundation
import Glibc
import Testing

extension InService {
    /// The page beyond loopback: not without TLS, and with it whole.
    @Suite struct ProxyTests {
        private static let missing: String? = ["openssl", "socat", "curl"].first { program in
            !["/usr/bin", "/bin"].contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
        }
        private static let name = "chaos.example.org"

        /// A port that nobody listens on at this moment.
        private static func freePort() throws -> Int {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
                }
            }
            try #require(isBound)
            return Int(UInt16(bigEndian: address.sin_port))
        }

        @Test(
            "On an address that others can reach it refuses to start, and says what would do",
            arguments: ["0.0.0.0", "::"])
        func refuses(_ address: String) async throws {
            let rig = try ServeRig()
            let ended = try await Ended.of(
                [
                    ServeRig.program("gauntlet-serve"), "--address", address, "--port", "0", "--state",
                    rig.path("state"),
                ],
                in: rig.folder)
            #expect(ended.code == 69)
            #expect(ended.errors.contains("TLS") && ended.output.isEmpty, "\(ended.errors)")
        }

        @Test(
            "Behind a proxy with a certificate the page, its events and acting with the token go over TLS",
            .enabled(if: missing == nil, "needs \(missing ?? "")"))
        func overTLS() async throws {
            let rig = try ServeRig()
            let made = try await Ended.of(
                [
                    "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                    "/CN=\(Self.name)",
                    "-addext", "subjectAltName=DNS:\(Self.name)", "-keyout", "key.pem", "-out", "cert.pem",
                ], in: rig.folder)
            try #require(made.code == 0, "\(made.errors)")
            try await rig.serve(["--out", "reports", "--allow-host", Self.name]) { served in
                let (port, inner) = (try Self.freePort(), try #require(served.page.port))
                let proxy = Process()
                proxy.executableURL = URL(fileURLWithPath: "/usr/bin/socat")
                proxy.arguments = [
                    "OPENSSL-LISTEN:\(port),bind=127.0.0.1,reuseaddr,fork,cert=cert.pem,key=key.pem,verify=0,openssl-min-proto-version=TLS1.2",
                    "TCP4:127.0.0.1:\(inner)",
                ]
                proxy.currentDirectoryURL = URL(fileURLWithPath: rig.folder)
                proxy.standardInput = FileHandle.nullDevice
                proxy.standardError = FileHandle.nullDevice
                try proxy.run()
                defer {
                    // A thread of a pool starts it with SIGTERM blocked.
                    Glibc.kill(proxy.processIdentifier, SIGKILL)
                    proxy.waitUntilExit()
                }
                let root = "https://\(Self.name):\(port)"
                func curl(_ words: String..., trusting: Bool = true) async throws -> Ended {
                    try await Ended.of(
                        [
                            "curl", "-sS", "--noproxy", "*", "--max-time", "30", "--resolve",
                            "\(Self.name):\(port):127.0.0.1",
                        ] + (trusting ? ["--cacert", "cert.pem"] : []) + words, in: rig.folder)
                }
                try await ServeRig.wait(for: "the proxy") { try await curl("\(root)/healthz").output == "ok\n" }
                let page = try await curl("-i", "\(root)/")
                #expect(page.output.contains(" 200 ") && page.output.contains("<!DOCTYPE html>"), "\(page.output)")
                // It is the certificate that this rests on: who does not trust it gets nothing.
                #expect(try await curl("\(root)/", trusting: false).code == 60)
                #expect(try await curl("http://\(Self.name):\(port)/").code != 0)
                let events = try await curl("-N", "--max-time", "3", "\(root)/events")
                #expect(events.output.contains("event: snapshot"), "\(events.output.prefix(200))")

                func act(_ name: String, _ headers: [String], body: String = "{}", root: String) async throws -> String
                {
                    try await Ended.of(
                        [
                            "curl", "-sS", "--noproxy", "*", "--resolve", "\(Self.name):\(port):127.0.0.1", "--cacert",
                            "cert.pem", "-w", " %{http_code}", "-X", "POST", "-H", "Content-Type: application/json",
                            "-d",
                            body,
                        ] + headers.flatMap { ["-H", $0] } + ["\(root)/api/\(name)"], in: rig.folder
                    ).output
                }
                let token = "Authorization: Bearer \(served.token)"
                #expect(try await act("halt", [], root: root).hasSuffix(" 401"))
                #expect(try await act("halt", [token, "Origin: https://evil.example"], root: root).hasSuffix(" 403"))
                #expect(try await act("halt", [token, "Host: evil.example"], root: root).hasSuffix(" 421"))
                let halted = try await act("halt", [token, "Origin: \(root)"], root: root)
                #expect(halted.hasSuffix(" 200") && halted.contains("the calendar is paused"), "\(halted)")
                #expect(try await act("resume", [token], root: root).hasSuffix(" 200"))
                // Who logs in over TLS gets a cookie that goes over nothing else.
                let login = try await curl(
                    "-i", "-X", "POST", "-H", "Content-Type: application/json", "-H", "Origin: \(root)", "-d",
                    "{\"token\": \"\(served.token)\"}", "\(root)/api/login")
                #expect(login.output.contains("; Secure"), "\(login.output)")
                let audit = rig.text("state/serve-audit.jsonl")
                for word in ["no-token", "cross-site", "host", "done"] {
                    #expect(audit.contains("\"\(word)\""), "\(word)")
                }
            }
        }
    }
}
