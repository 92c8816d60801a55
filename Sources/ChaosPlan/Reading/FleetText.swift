/// A fleet file as text in which single values can be exchanged: comments, order and spacing stay as they are.
public struct FleetText: Sendable {
    public let text: String
    private let root: SourceNode

    /// Why a value cannot be exchanged.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String

        public init(description: String) { self.description = description }
    }

    /// - Parameter file: its name, for messages.
    public init(_ text: String, file: String) throws(Failure) {
        let log = ProblemLog()
        guard let root = SourceReader.read(text, file: file, log: log), log.errorCount == 0 else {
            throw Failure(description: log.sorted.first?.description ?? "\(file): not a fleet file")
        }
        self.text = text
        self.root = root
    }

    /// The value at a path such as `profiles.standard.time`, as written with its source; items of a list by their name or
    /// their number from 0. Nil where there is no single value.
    public func value(at path: String) -> String? { node(path)?.scalar }

    /// Names of the entries of the object at `path`, in file order.
    public func keys(at path: String) -> [String] { node(path)?.entries.map(\.key) ?? [] }

    /// How many items the list at `path` has.
    public func count(at path: String) -> Int {
        if case .list(let items)? = node(path)?.content { return items.count }
        return 0
    }

    /// The same text with other values at these paths.
    public func replacing(_ values: [String: String]) throws(Failure) -> FleetText {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.unicodeScalars) }
        var edits: [(place: Place, old: String, new: String)] = []
        for (path, new) in values.sorted(by: { $0.key < $1.key }) {
            guard let node = node(path), let old = node.scalar else {
                throw Failure(description: "the fleet file has no value at `\(path)`")
            }
            edits.append((node.place, old, new))
        }
        // From behind, so that places further on in the same line stay true.
        for edit in edits.sorted(by: { ($0.place.line, $0.place.column) > ($1.place.line, $1.place.column) }) {
            let (line, column) = (edit.place.line - 1, edit.place.column - 1)
            let old = Array(edit.old.unicodeScalars)
            guard lines.indices.contains(line), column + old.count <= lines[line].count,
                Array(lines[line][column..<column + old.count]) == old
            else {
                throw Failure(
                    description:
                        "line \(edit.place.line): `\(SourceNode.short(edit.old))` is quoted, folded or an alias; write it plainly"
                )
            }
            lines[line].replaceSubrange(column..<column + old.count, with: Array(edit.new.unicodeScalars))
        }
        var scalars = String.UnicodeScalarView()
        for (index, line) in lines.enumerated() {
            if index > 0 { scalars.append("\n") }
            scalars.append(contentsOf: line)
        }
        return try FleetText(String(scalars), file: root.place.file)
    }

    private func node(_ path: String) -> SourceNode? {
        var node = root
        for segment in path.split(separator: ".").map(String.init) {
            switch node.content {
            case .scalar: return nil
            case .object:
                guard let next = node[segment] else { return nil }
                node = next
            case .list(let items):
                let named = items.first { item in
                    ["name", "group"].contains { item[$0]?.scalar == segment }
                }
                guard let next = named ?? Int(segment).flatMap({ items.indices.contains($0) ? items[$0] : nil }) else {
                    return nil
                }
                node = next
            }
        }
        return node
    }
}

extension FleetText {
    /// The length in `8ms (assumed 2ms..40ms)`; nil for what is none.
    public static func duration(_ value: String) -> Nanoseconds? {
        guard let written = Provenance(splitting: value),
            case .quantity(let length)? = try? ScalarText.read(written.number, ScalarRule(.duration))
        else { return nil }
        return length
    }
}
