import Foundation

/// Processes of this machine, as far as this side sees them.
enum Processes {
    static var all: [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    /// Neither gone nor only waiting for its parent to ask how it ended.
    static func isAlive(_ pid: Int32) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return false }
        return !status.contains("State:\tZ") && !status.contains("State:\tX")
    }

    /// Whose command line or environment contains the mark.
    static func marked(_ mark: String) -> [Int32] {
        all.filter { pid in
            pid != getpid()
                && ["cmdline", "environ"].contains { file in
                    let data = FileManager.default.contents(atPath: "/proc/\(pid)/\(file)") ?? Data()
                    return data.range(of: Data(mark.utf8)) != nil
                }
        }
    }
}
