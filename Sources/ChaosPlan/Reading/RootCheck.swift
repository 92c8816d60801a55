/// Refuses what is not the kind of file that it should be, with one problem instead of one for each key.
enum RootCheck {
    static func isObject(_ tree: SourceNode, marker: String, other: String, log: ProblemLog) -> Bool {
        let start = Place(file: tree.place.file, line: tree.place.line, column: tree.place.column)
        guard case .object = tree.content else {
            log.error(start, "the file is \(tree.what)", "write an object that begins with `\(marker): 1`")
            return false
        }
        if tree[marker] == nil, tree[other] != nil {
            log.error(start, "the file has `\(other)`, not `\(marker)`", "this should be the other kind of file")
            return false
        }
        return true
    }
}
