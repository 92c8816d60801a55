package import ChaosPlan
import Glibc

/// Looks for credentials where none must be: in command lines, environments, logs and configurations.
///
/// It knows the fleet's own credentials and finds them literally; a hash of one is none. Of others it knows how they are
/// commonly given away (`CredentialPattern`). What it reports never holds a credential's text.
package struct CredentialAudit: Sendable {
    package struct Secret: Hashable, Sendable {
        /// Of the file that holds it.
        package var name: String
        package var text: [UInt8]

        package init(name: String, text: [UInt8]) {
            self.name = name
            self.text = text
        }
    }

    package struct Process: Hashable, Sendable {
        package var name: String
        /// `/proc/PID`, wherever that process is seen.
        package var directory: String

        package init(name: String, directory: String) {
            self.name = name
            self.directory = directory
        }
    }

    package struct Result: Sendable {
        package var exposures: Set<Exposure> = []
        /// How many processes or files of each kind could be looked at.
        package var looked: [Exposure.Place: Int] = [:]
    }

    /// Shorter ones are in every text by chance.
    static let shortestSecret = 6
    /// Of a file, its last bytes: a log is long, and what it gave away in former runs is not this one's.
    static let depth = 1 << 20

    /// Those whose text nobody may find.
    package var secrets: [Secret]
    package var processes: [Process]
    /// Files, and directories with all below.
    package var logs: [String]
    package var configurations: [String]
    /// What findings leave out of a file's path.
    package var root: String

    package init(
        secrets: [Secret], processes: [Process], logs: [String], configurations: [String], root: String = ""
    ) {
        self.secrets = secrets
        self.processes = processes
        self.logs = logs
        self.configurations = configurations
        self.root = root
    }

    /// The credentials in a directory of files `user password`; one that several share is called after the first of them.
    package static func secrets(in directory: String) -> [Secret] {
        var holders: [(text: [UInt8], names: [String])] = []
        for path in FileTail.files(below: directory) {
            guard let bytes = FileTail.read(path, depth: 4096) else { continue }
            let words = bytes.split { $0 == 32 || $0 == 9 || $0 == 10 || $0 == 13 }
            guard let word = words.dropFirst().first ?? words.first, word.count >= shortestSecret else { continue }
            let name = String(path.split(separator: "/").last ?? "")
            if let index = holders.firstIndex(where: { $0.text.elementsEqual(word) }) {
                holders[index].names.append(name)
            } else {
                holders.append((Array(word), [name]))
            }
        }
        return holders.map { text, names in
            Secret(name: names.count == 1 ? names[0] : "\(names[0]) and \(names.count - 1) more", text: text)
        }
    }

    package func run() -> Result {
        var result = Result()
        for process in processes {
            for (place, file) in [(Exposure.Place.processList, "cmdline"), (.environment, "environ")] {
                // A process that has ended meanwhile, or a kernel's, has none.
                guard let bytes = FileTail.read("\(process.directory)/\(file)", depth: Self.depth), !bytes.isEmpty
                else { continue }
                look(at: bytes, place, process.name, &result)
            }
        }
        for path in logs.flatMap(FileTail.files) {
            if let bytes = FileTail.text(path, depth: Self.depth) { look(at: bytes, .log, shown(path), &result) }
        }
        for path in configurations.flatMap(FileTail.files) {
            // A file that only its owner may read is a credential's proper place: a configuration refers to it.
            guard !FileTail.isPrivate(path), let bytes = FileTail.text(path, depth: Self.depth) else { continue }
            look(at: bytes, .configuration, shown(path), &result)
        }
        return result
    }

    private func look(at bytes: [UInt8], _ place: Exposure.Place, _ location: String, _ result: inout Result) {
        result.looked[place, default: 0] += 1
        let found = secrets.filter { ByteSearch.first($0.text, in: bytes, from: 0) != nil }
        let names = found.map { "the credential of \($0.name)" }
        // Known by name, it need not be guessed at too.
        let all = names.isEmpty ? CredentialPattern.found(in: bytes, place).map { "the pattern \($0)" } : names
        for what in all { result.exposures.insert(Exposure(place: place, location: location, what: what)) }
    }

    private func shown(_ path: String) -> String {
        path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path
    }
}
