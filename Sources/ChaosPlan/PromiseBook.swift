/// What the fleet promises: `promises.yaml`. Objectives cite its rows by id.
public struct PromiseBook: Sendable {
    public struct Promise: Hashable, Sendable {
        public var id: String
        public var area: String
        public var text: String
        public var value: String
        /// Whether the simulated world can put it to the test.
        public var tested: Bool
        /// Why not; empty for those that are.
        public var reason: String
    }

    /// In file order.
    public var promises: [Promise]

    /// Reads a book; nil when there are problems.
    public static func read(text: String, file: String) -> (PromiseBook?, [Problem]) {
        let log = ProblemLog()
        guard let root = SourceReader.read(text, file: file, log: log),
            RootCheck.isObject(root, marker: "gauntlet-promises", other: "gauntlet", log: log)
        else { return (nil, log.sorted) }
        guard let rows = root["promises"], case .list(let items) = rows.content else {
            log.error(root.place, "the file has no list `promises`", "write `gauntlet-promises: 1`, then `promises:`")
            return (nil, log.sorted)
        }
        let promises = items.compactMap { promise($0, log: log) }
        var seen: Set<String> = []
        for (item, promise) in zip(items, promises) where !seen.insert(promise.id).inserted {
            log.error(item.place, "`\(SourceNode.short(promise.id))` is promised twice", "keep one of them")
        }
        return (log.errorCount == 0 ? PromiseBook(promises: promises) : nil, log.sorted)
    }

    private static func promise(_ item: SourceNode, log: ProblemLog) -> Promise? {
        guard case .object(let entries) = item.content else {
            log.error(item.place, "a promise is \(item.what)", "write an object with id, area, text, value and tested")
            return nil
        }
        let known = ["id", "area", "text", "value", "tested", "reason"]
        for entry in entries where !known.contains(entry.key) {
            log.error(
                entry.place, "unknown key `\(SourceNode.short(entry.key))`", NearestWord.hint(entry.key, among: known))
        }
        func word(_ key: String, required: Bool = true) -> String {
            if let text = item[key]?.scalar, !text.isEmpty { return text }
            if required { log.error(item.place, "a promise without `\(key)`", "write it") }
            return ""
        }
        let tested = word("tested")
        if !tested.isEmpty, tested != "true", tested != "false" {
            log.error(item.place, "`tested` is `\(SourceNode.short(tested))`", "write `true` or `false`")
        }
        return Promise(
            id: word("id"), area: word("area"), text: word("text"), value: word("value"), tested: tested == "true",
            reason: word("reason", required: tested == "false"))
    }
}
