import ChaosPlan
import Foundation

/// Text to configuration: what the shapes cannot say is checked here, and all problems are found at once.
struct ConfigurationReader {
    let file: String

    func read(_ text: String) -> (NotifyConfiguration?, [Problem]) {
        if text.allSatisfy(\.isWhitespace) {
            let problem = Problem(
                place: Place(file: file, line: 1, column: 1), severity: .error, message: "the file is empty",
                hint: "a notification file begins with `gauntlet-notifications: 1`")
            return (nil, [problem])
        }
        let (value, problems) = ObjectReader.read(text, name: file, as: ConfigurationShape.root)
        guard let value else { return (nil, problems) }
        var log = Log(problems: problems)
        let receivers = receivers(value, &log)
        let rules = rules(value, &log)
        let routes = routes(value, receivers: receivers.map(\.name), &log)
        check(rules, value, routes, receivers, &log)
        let outbox = beside(value.text("outbox"))
        let configuration = NotifyConfiguration(
            source: value["source"]?.text ?? ProcessInfo.processInfo.hostName, outbox: outbox,
            window: value.quantity("window"), giveUpAfter: value.quantity("give-up-after"), rules: rules,
            routes: routes, receivers: receivers)
        let isGood = !log.problems.contains { $0.severity == .error }
        return (isGood ? configuration : nil, log.sorted)
    }

    // MARK: - Rules and routes

    private func rules(_ value: Value, _ log: inout Log) -> [Rule] {
        value.items("rules").map { item in
            let kinds = words(item.at("on")).compactMap(NotificationEvent.Kind.init(rawValue:))
            if let key = item["at-least"], kinds != [.budgetSpent] {
                log.error(
                    key.place, "`at-least` fits no event but `budget-spent`", "leave it out, or write a rule of its own"
                )
            }
            if let key = item["verdict"], kinds != [.runEnded] {
                log.error(
                    key.place, "`verdict` fits no event but `run-ended`", "leave it out, or write a rule of its own")
            }
            // What no event of these has would make a rule that never fits.
            if let key = item["scenario"],
                kinds.allSatisfy({ [.budgetSpent, .calendarPaused, .recovered].contains($0) })
            {
                log.error(key.place, "these events are about no scenario", "leave `scenario` out")
            }
            if let key = item["world"], kinds.allSatisfy({ $0 == .calendarPaused }) {
                log.error(key.place, "a calendar is of no world", "leave `world` out")
            }
            return Rule(
                kinds: kinds, verdicts: item["verdict"].map(words), scenario: item["scenario"]?.text,
                world: item["world"]?.text, atLeast: item["at-least"].map { $0.share.fraction * 100 },
                level: Level(rawValue: item.int("level")) ?? .ops)
        }
    }

    private func words(_ value: Value) -> [String] {
        let items = value.items
        return items.isEmpty ? [value.text] : items.map(\.text)
    }

    private func routes(_ value: Value, receivers: [String], _ log: inout Log) -> [Level: [String]] {
        var routes: [Level: [String]] = [:]
        for item in value.items("routes") {
            let level = Level(rawValue: item.int("level")) ?? .ops
            if routes[level] != nil {
                log.error(item.place, "level \(level.rawValue) has two routes", "name all its receivers in one")
            }
            var names: [String] = []
            for name in item.items("to") {
                if !receivers.contains(name.text) {
                    log.error(name.place, "no receiver `\(name.text)`", NearestWord.hint(name.text, among: receivers))
                } else if !names.contains(name.text) {
                    names.append(name.text)
                }
            }
            routes[level] = names
        }
        return routes
    }

    private func check(
        _ rules: [Rule], _ value: Value, _ routes: [Level: [String]], _ receivers: [Receiver], _ log: inout Log
    ) {
        for (rule, item) in zip(rules, value.items("rules")) where routes[rule.level] == nil {
            log.error(
                item.at("level").place, "level \(rule.level.rawValue) has no route",
                "add `- { level: \(rule.level.rawValue), to: [\(receivers.first?.name ?? "NAME")] }` to `routes`")
        }
        let used = Set(routes.values.joined())
        for (receiver, item) in zip(receivers, value.items("receivers")) where !used.contains(receiver.name) {
            log.warning(
                item.at("name").place, "no route leads to `\(receiver.name)`", "name it in a route or remove it")
        }
    }

    // MARK: - Receivers

    private func receivers(_ value: Value, _ log: inout Log) -> [Receiver] {
        var seen: Set<String> = []
        return value.items("receivers").map { item in
            let name = item.text("name")
            if !seen.insert(name).inserted {
                log.error(item.at("name").place, "two receivers are named `\(name)`", "name one of them otherwise")
            }
            return Receiver(name: name, kind: kind(item, &log), timeout: item.quantity("timeout"))
        }
    }

    private func kind(_ item: Value, _ log: inout Log) -> Receiver.Kind {
        switch item.text("kind") {
        case "slack":
            return .slack(address: .file(secret(item.at("url-file"), as: .address, &log)))
        case "pagerduty":
            let url = url(item.at("url"), carriesSecret: true, &log)
            return .pagerduty(url: url, keyFile: secret(item.at("routing-key-file"), as: .key, &log))
        case "alertmanager":
            return .alertmanager(url: url(item.at("url"), carriesSecret: false, &log), hold: item.quantity("hold"))
        default:
            return webhook(item, &log)
        }
    }

    private func webhook(_ item: Value, _ log: inout Log) -> Receiver.Kind {
        var address = Receiver.Address.url("")
        switch (item["url"], item["url-file"]) {
        case (let url?, nil): address = .url(self.url(url, carriesSecret: false, &log))
        case (nil, let file?): address = .file(secret(file, as: .address, &log))
        case (nil, nil):
            log.error(
                item.place, "no address in receiver `\(item.text("name"))`",
                "write `url: https://…`, or `url-file: PATH`")
        case (.some, let file?): log.error(file.place, "both `url` and `url-file`", "keep one of them")
        }
        return .webhook(address: address, secretFile: item["secret-file"].map { secret($0, as: .key, &log) })
    }

    private func url(_ value: Value, carriesSecret: Bool, _ log: inout Log) -> String {
        if let fault = AddressRule.fault(value.text, carriesSecret: carriesSecret) {
            log.error(value.place, fault.message, fault.hint)
        }
        return value.text
    }

    private enum SecretUse { case address, key }

    /// The path, after a look at what lies there: a wrong permission is to be seen now and not when something burns.
    private func secret(_ value: Value, as use: SecretUse, _ log: inout Log) -> String {
        let path = beside(value.text)
        do throws(SecretFile.Fault) {
            let secret = try SecretFile.read(path)
            if use == .address, let fault = AddressRule.fault(secret.text, carriesSecret: true) {
                // What is wrong, without what stands there.
                log.error(value.place, "\(path): \(AddressRule.withoutAddress(fault))", "write one address, https://…")
            }
        } catch {
            log.error(value.place, error.message, error.hint)
        }
        return path
    }

    private func beside(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }

    private struct Log {
        var problems: [Problem]

        mutating func error(_ place: Place, _ message: String, _ hint: String) {
            problems.append(Problem(place: place, severity: .error, message: message, hint: hint))
        }

        mutating func warning(_ place: Place, _ message: String, _ hint: String) {
            problems.append(Problem(place: place, severity: .warning, message: message, hint: hint))
        }

        var sorted: [Problem] {
            problems.enumerated().sorted {
                ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
            }
            .map(\.element)
        }
    }
}
