/// Puts the blocks that a scenario `use`s in front of its own objectives, so that overrides reach them too.
struct SharedObjectives {
    /// For messages.
    let file: String
    let log: ProblemLog

    func merge(into tree: inout SourceNode, load: (String) -> String?) {
        guard let use = tree["use"], case .list(let names) = use.content, !names.isEmpty else { return }
        guard let text = load("objectives.yaml") else {
            log.error(use.place, "no file `objectives.yaml` for `use`", "it stands beside the scenario")
            return
        }
        guard let root = SourceReader.read(text, file: file, log: log) else { return }
        guard RootCheck.isObject(root, marker: "gauntlet-objectives", other: "gauntlet", log: log) else { return }
        var validator = Validator(log: log)
        // What is wrong there is said once, not again for the scenario that it is merged into.
        guard validator.read(root, as: .object(ScenarioShape.sharedFile), path: "").isSound, let blocks = root["blocks"]
        else { return }
        guard case .object(let entries) = blocks.content else { return }
        var shared: [SourceNode] = []
        for name in names {
            guard let word = name.scalar else { continue }
            guard let block = entries.first(where: { $0.key == word }) else {
                log.error(
                    name.place, "no block `\(SourceNode.short(word))` in objectives.yaml",
                    NearestWord.hint(word, among: entries.map(\.key)))
                continue
            }
            guard case .list(let objectives) = block.node.content else {
                log.error(block.node.place, "`\(word)` is \(block.node.what)", "write a list of objectives")
                continue
            }
            shared += objectives
        }
        add(shared, to: &tree, at: use.place)
    }

    private func add(_ shared: [SourceNode], to tree: inout SourceNode, at place: Place) {
        guard case .object(var entries) = tree.content else { return }
        if let index = entries.firstIndex(where: { $0.key == "objectives" }) {
            guard case .list(let own) = entries[index].node.content else { return }
            entries[index].node.content = .list(shared + own)
        } else {
            entries.append(
                .init(key: "objectives", place: place, node: SourceNode(place: place, content: .list(shared))))
        }
        tree.content = .object(entries)
    }
}
