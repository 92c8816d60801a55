import ChaosPlan
import Foundation

/// Finds scenarios: a path, or a bare name in `$GAUNTLET_SCENARIOS`, in `./scenarios`, or in the package that the
/// executable was built from.
enum ScenarioLocator {
    static func find(_ text: String) throws(Failure) -> ScenarioReference {
        let (name, variant) = split(text)
        if TextFile.exists(name) { return ScenarioReference(file: name, variant: variant) }
        if name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            throw Failure(.unavailable, "no scenario file \(name)")
        }
        let known = catalogue()
        guard let file = known.first(where: { self.name(of: $0) == name }) else {
            throw Failure(
                .unavailable, "no scenario `\(name)`; \(NearestWord.hint(name, among: known.map { self.name(of: $0) }))"
            )
        }
        return ScenarioReference(file: file, variant: variant)
    }

    /// Of a directory every YAML file below it; anything else stays what it is.
    static func expand(_ text: String) throws(Failure) -> [String] {
        guard TextFile.isDirectory(text) else { return [text] }
        var root = text
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        let found = files(under: root)
        guard !found.isEmpty else { throw Failure(.unavailable, "no YAML file below \(text)") }
        return found
    }

    /// Whether it is the bare name of a scenario, with or without a variant.
    static func isScenario(_ text: String) -> Bool {
        let name = split(text).0
        return catalogue().contains { self.name(of: $0) == name }
    }

    /// The file of a scenario by its name, with or without a variant; nil where there is none.
    static func file(of text: String) -> String? {
        let name = split(text).0
        return catalogue().first { self.name(of: $0) == name }
    }

    /// The scenario files of all these directories, by name; of two with one name the first counts.
    static func catalogue() -> [String] {
        var seen: Set<String> = []
        return roots.flatMap { files(under: $0) }
            .filter { FileKind.of($0) == .scenario && seen.insert(name(of: $0)).inserted }
            .sorted { (name(of: $0), $0) < (name(of: $1), $1) }
    }

    /// The book of promises that goes with the catalogue.
    static func promises() throws(Failure) -> String {
        guard let file = roots.map({ "\($0)/promises.yaml" }).first(where: TextFile.exists) else {
            throw Failure(.unavailable, "no promises.yaml in \(roots.joined(separator: ", "))")
        }
        return file
    }

    /// A fleet given with `--fleet`: a path, or the bare name of one in the catalogue.
    static func fleet(_ text: String) throws(Failure) -> String {
        if TextFile.exists(text) { return text }
        var seen: Set<String> = []
        let fleets = roots.flatMap { files(under: $0) }
            .filter { FileKind.of($0) == .fleet && seen.insert(name(of: $0)).inserted }
        if let file = fleets.first(where: { name(of: $0) == text }) { return file }
        throw Failure(.unavailable, "no fleet `\(text)`; \(NearestWord.hint(text, among: fleets.map { name(of: $0) }))")
    }

    static func name(of file: String) -> String {
        let last = file.split(separator: "/").last.map(String.init) ?? file
        return last.lastIndex(of: ".").map { String(last[..<$0]) } ?? last
    }

    /// At the last `@`, unless that is part of a file's name.
    private static func split(_ text: String) -> (String, String?) {
        guard !TextFile.exists(text), let at = text.lastIndex(of: "@") else { return (text, nil) }
        return (String(text[..<at]), String(text[text.index(after: at)...]))
    }

    private static var roots: [String] {
        if let given = ProcessInfo.processInfo.environment["GAUNTLET_SCENARIOS"], !given.isEmpty { return [given] }
        return ["scenarios"] + beside
    }

    /// `scenarios` beside the executable or above it: that of the package in whose build directory it lies.
    private static var beside: [String] {
        guard let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return []
        }
        var directory = URL(fileURLWithPath: executable).deletingLastPathComponent()
        var found: [String] = []
        for _ in 0..<5 where directory.path != "/" {
            let scenarios = directory.appendingPathComponent("scenarios").path
            if TextFile.isDirectory(scenarios) { found.append(scenarios) }
            directory.deleteLastPathComponent()
        }
        return found
    }

    private static func files(under root: String) -> [String] {
        guard TextFile.isDirectory(root), let walk = FileManager.default.enumerator(atPath: root) else { return [] }
        return walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted().map {
            "\(root)/\($0)"
        }
    }
}
