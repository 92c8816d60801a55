internal import Foundation

/// Programs that are installed together.
enum SiblingProgram {
    /// Beside the running program, else the bare name for the PATH.
    static func path(_ name: String) -> String {
        guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return name
        }
        let beside = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name).path
        return FileManager.default.isExecutableFile(atPath: beside) ? beside : name
    }

    /// The file of a program as a shell would find it; nil if there is none.
    static func locate(_ word: String) -> String? {
        if word.contains("/") { return FileManager.default.isExecutableFile(atPath: word) ? word : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(word)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }
}
