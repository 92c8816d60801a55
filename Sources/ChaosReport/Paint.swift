import ChaosScore

/// Terminal colours, or none at all.
struct Paint {
    let enabled: Bool

    func bold(_ text: String) -> String { code("1", text) }
    func dim(_ text: String) -> String { code("2", text) }

    func judgement(_ judgement: Judgement, _ text: String) -> String {
        switch judgement {
        case .held: code("32", text)
        case .missed: code("1;31", text)
        case .inconclusive: code("33", text)
        }
    }

    func verdict(_ verdict: Verdict, _ text: String) -> String {
        switch verdict {
        case .held: code("1;32", text)
        case .deviated: code("1;31", text)
        case .inconclusive: code("1;33", text)
        }
    }

    private func code(_ code: String, _ text: String) -> String { enabled ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
