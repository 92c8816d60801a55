import ChaosReport
import ChaosScore

/// The end of a run, of a scoring, of a repeat, on standard output.
struct ResultPrinter {
    let store: RunStore
    var isJSON = false
    var isQuiet = false

    /// - Parameters:
    ///   - notes: printed above the report's path, such as the command for the worst seed.
    func print(_ scorecard: Scorecard, exit: ExitCode, notes: [String] = []) throws(Failure) {
        if isJSON {
            try Terminal.say(Self.json(scorecard, store: store, exit: exit))
            return
        }
        if isQuiet {
            let score = scorecard.score.map { "score \(Self.decimal($0))" } ?? "no score"
            try Terminal.say(
                "\(scorecard.scenario): \(scorecard.verdict.rawValue)  \(score)  coverage \(Self.decimal(scorecard.coverage))"
            )
        } else {
            try Terminal.write(
                ConsoleSummary.render(
                    scorecard, colour: Terminal.showsColour, width: Terminal.width, grades: StoredGrades.of(scorecard)))
            for note in notes { try Terminal.say(note) }
            try Terminal.say("report  \(store.path(of: RunDirectory.page))")
        }
        try Terminal.say(store.replay)
    }

    /// The scorecard as its file has it, within the few words about the run that it does not know: where it lies,
    /// and how far its numbers may be trusted where they are simulated.
    private static func json(_ scorecard: Scorecard, store: RunStore, exit: ExitCode) -> String {
        let card = String(decoding: ScorecardJSON.encode(scorecard), as: UTF8.self)
        let run = JSONText.encode(Ending(directory: store.path, exitCode: exit.rawValue, replay: store.replay))
        let fidelity = StoredGrades.of(scorecard).map { "\"fidelity\": \(JSONText.encode($0)),\n" } ?? ""
        return "{\n\(fidelity)\"run\": \(run),\n\"scorecard\": \(card)}"
    }

    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    private struct Ending: Encodable {
        var directory: String
        var exitCode: Int32
        var replay: String
    }
}
