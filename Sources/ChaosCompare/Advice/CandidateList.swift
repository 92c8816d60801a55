public import ChaosPlan

/// Changes that the operator wants tried, from a file: one a line, each as `--set` takes it; several values on a line are
/// one change. What follows a `#` is a comment.
public enum CandidateList {
    /// What a file comes to: its changes, or everything that is wrong with it, as `file:line: what`.
    public enum Outcome: Sendable {
        case changes([PolicyChange])
        case problems([String])
    }

    /// - Parameters:
    ///   - file: its name, for messages.
    ///   - plan: as it is without them.
    ///   - read: what is wrong with the plan under overrides; empty if nothing.
    public static func read(
        _ text: String, file: String, plan: Plan, check: (_ overrides: [String]) -> [String]
    ) -> Outcome {
        var changes: [PolicyChange] = []
        var problems: [String] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = words(line.prefix { $0 != "#" })
            guard !words.isEmpty else { continue }
            var wrong: [String] = []
            let settings = words.compactMap { word -> PolicyChange.Setting? in
                guard let setting = setting(word, plan) else {
                    wrong.append("`\(word)` is not path=value")
                    return nil
                }
                // Who moves the target meets it without mending anything.
                guard setting.path.hasPrefix("fleet.") || setting.path.hasPrefix("workload.") else {
                    wrong.append("`\(setting.path)` is not of the fleet; write a path below `fleet.` or `workload.`")
                    return nil
                }
                return setting
            }
            if wrong.isEmpty { wrong = check(settings.map { "\($0.path)=\($0.to)" }) }
            if wrong.isEmpty {
                changes.append(change(settings, plan))
            } else {
                problems += wrong.map { "\(file):\(number + 1): \($0)" }
            }
        }
        if changes.isEmpty, problems.isEmpty {
            problems = ["\(file): no candidate; write one a line, such as `fleet.policies.heartbeat.period=250ms`"]
        }
        return problems.isEmpty ? .changes(changes) : .problems(problems)
    }

    /// Parted by white space, but not within brackets.
    private static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        var word = ""
        var depth = 0
        for character in line {
            if character.isWhitespace, depth == 0 {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            if "[{".contains(character) { depth += 1 }
            if "]}".contains(character) { depth -= 1 }
            word.append(character)
        }
        return word.isEmpty ? words : words + [word]
    }

    private static func setting(_ word: String, _ plan: Plan) -> PolicyChange.Setting? {
        guard let equals = word.firstIndex(of: "="), equals != word.startIndex else { return nil }
        let path = String(word[..<equals])
        let value = String(word[word.index(after: equals)...])
        guard !value.isEmpty else { return nil }
        let parameter = plan.fleet.parameters.first { $0.path == path }
        return PolicyChange.Setting(path: path, from: parameter?.text ?? "", to: value, source: parameter?.source)
    }

    private static func change(_ settings: [PolicyChange.Setting], _ plan: Plan) -> PolicyChange {
        let factors = settings.map { setting -> Double in
            guard let parameter = plan.fleet.parameters.first(where: { $0.path == setting.path }),
                let ladder = Ladder(parameter), let value = ScalarText.quantity(of: setting.to)?.value
            else { return 10 }
            return ladder.factor(value)
        }
        let natures = settings.map { setting in
            setting.path.hasPrefix("workload.")
                ? .client : LeverCatalogue.nature(of: setting.path) ?? .setting
        }
        return PolicyChange(
            lever: settings.map(\.path).joined(separator: ", "), nature: natures.max() ?? .setting,
            settings: settings, factor: factors.max() ?? 10)
    }
}
