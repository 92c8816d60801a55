import Foundation
import Testing

/// Python itself, not a wrapper that takes its time.
let python = Shell.path(of: "python3") ?? "python3"

/// A TCP server on loopback, as a command.
enum TestServer {
    static func command(port: Int) -> [String] {
        [
            python, "-c",
            "import socketserver,sys; socketserver.TCPServer(('127.0.0.1',int(sys.argv[1])),None).serve_forever()",
            "\(port)",
        ]
    }

    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(bound)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Who listens there, seen with another tool.
    static func owners(of port: Int) -> [Int32] {
        let output = (try? Shell.run(["ss", "-Hltnp", "sport = :\(port)"]))?.output ?? ""
        return output.split(separator: "pid=").dropFirst().compactMap { Int32($0.prefix { $0.isNumber }) }
    }

    /// All processes with these arguments.
    static func copies(_ arguments: [String]) -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }.filter { pid in
            let text = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
            return text.split(separator: "\0").map(String.init) == arguments
        }
    }
}
