import Foundation

/// A secret in memory. It says nothing of itself when it is printed, whoever prints what holds it.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let text: String

    package var description: String { "(a secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Secrets come from files that only their owner can read, and are read anew for each delivery, so that they can be changed
/// under way.
package enum SecretFile {
    package struct Fault: Error {
        /// With the file's path, never with what stands in it.
        package var message: String
        package var hint: String
    }

    private static let longest = 4096

    package static func read(_ path: String) throws(Fault) -> Secret {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw Fault(
                message: "cannot read \(path): \(String(cString: strerror(errno)))", hint: "write the secret there")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Fault(message: "\(path) is not a file", hint: "write the secret into a file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Fault(message: "\(path) can be read or written by others than its owner", hint: "chmod 600 \(path)")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw Fault(message: "\(path) belongs to another user", hint: "chown it to the user that runs gauntlet")
        }
        var bytes = [UInt8](repeating: 0, count: longest + 1)
        let count = Foundation.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else {
            throw Fault(
                message: "cannot read \(path): \(String(cString: strerror(errno)))", hint: "write the secret there")
        }
        guard count <= longest else {
            throw Fault(message: "\(path) has more than \(longest) bytes", hint: "write one line with the secret")
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw Fault(message: "\(path) is not text", hint: "write one line with the secret")
        }
        let line = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !line.isEmpty, !line.contains(where: \.isNewline) else {
            throw Fault(
                message: "\(path) has \(line.isEmpty ? "nothing in it" : "more than one line")",
                hint: "write one line with the secret")
        }
        return Secret(text: line)
    }
}
