import Glibc

/// A program that is built beside this one and does part of its work: small and privileged, or large and with a web server.
enum SiblingProgram {
    /// Replaces this process by it.
    static func become(_ name: String, _ arguments: [String]) throws -> Never {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard length > 0 else { throw Failure(.unavailable, "cannot tell where this program lies") }
        let own = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = own[...(own.lastIndex(of: "/") ?? own.startIndex)] + name
        let argv: [UnsafeMutablePointer<CChar>?] = ([String(path)] + arguments).map { strdup($0) } + [nil]
        execv(String(path), argv)
        throw Failure(
            .unavailable,
            "\(path) cannot be started (\(String(cString: strerror(errno)))); build it: swift build -c release --product \(name)"
        )
    }
}
