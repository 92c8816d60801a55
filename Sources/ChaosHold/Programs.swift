import ChaosFleet
import ChaosLinux
import Glibc

/// Where the programs of a fleet are, by the word that names them.
struct Programs {
    private var paths: [String: String] = [:]

    /// What every process of a fleet has as its PATH.
    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Looks on the caller's PATH. One error names all that are missing.
    static func find(for spec: LaunchSpec) throws(HostError) -> Programs {
        let directories = ((getenv("PATH").map { String(cString: $0) } ?? "") + ":" + path)
            .split(separator: ":" as Character).map { String($0) }.filter { $0.hasPrefix("/") }
        var programs = Programs()
        var missing: [String] = []
        for word in Set(spec.processes.compactMap(\.command.first)).sorted() {
            if let found = locate(word, in: directories) {
                programs.paths[word] = found
            } else {
                missing.append(word)
            }
        }
        guard missing.isEmpty else {
            let packages = missing.compactMap { name in Self.packages[name] }
            throw HostError(
                .missing, "not there or not executable: " + missing.joined(separator: ", "),
                hint: packages.isEmpty
                    ? "install them, or give their absolute paths"
                    : "install the packages \(packages.joined(separator: ", "))")
        }
        return programs
    }

    /// Of a word that `find` has seen.
    subscript(word: String) -> String { paths[word] ?? word }

    private static func locate(_ word: String, in directories: [String]) -> String? {
        // What the spec's own files bring is there only later.
        if word.hasPrefix(FleetLayout.root + "/") { return word }
        if word.hasPrefix("/") { return isProgram(word) ? word : nil }
        guard !word.isEmpty, !word.contains("/") else { return nil }
        return directories.map { "\($0)/\(word)" }.first { isProgram($0) }
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// By their names in Debian.
    private static let packages = [
        "nats-server": "nats-server", "redis-server": "redis-server", "python3": "python3", "nginx": "nginx",
    ]
}
