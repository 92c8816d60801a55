import ArgumentParser
import ChaosReport
import ChaosScore
import Foundation

/// Where a gate's answer goes beside standard output.
struct GateOutputs: ParsableArguments {
    @Option(help: ArgumentHelp("Writes a JUnit file there.", valueName: "file"), completion: .file())
    var junit: String?

    @Option(help: ArgumentHelp("Writes a Markdown summary there.", valueName: "file"), completion: .file())
    var summary: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Writes a badge there: FILE.svg, or FILE.json for shields.io. May be repeated.", valueName: "file"),
        completion: .file(extensions: ["svg", "json"]))
    var badge: [String] = []

    @Option(help: ArgumentHelp("Writes GitLab's code quality report there.", valueName: "file"), completion: .file())
    var codeQuality: String?

    func validate() throws {
        for file in badge where !file.hasSuffix(".svg") && !file.hasSuffix(".json") {
            throw ValidationError("--badge takes a file that ends in .svg or .json, not \(file)")
        }
    }

    /// The line first, on standard output; then the files, so that a full disk does not hide the answer.
    func write(_ result: GateResult, card: Scorecard, replay: String, scenarioFile: String?) throws(Failure) {
        let environment = ProcessInfo.processInfo.environment
        try Terminal.say(result.line)
        for detail in result.details { try Terminal.say("  \(Annotations.plain(detail))") }
        if environment["GITHUB_ACTIONS"] == "true" {
            for line in Annotations.github(result, scenario: card.scenario) { try Terminal.say(line) }
        }
        let page = MarkdownSummary.render(card, replay: replay, gate: result, grades: StoredGrades.of(card))
        if let step = environment["GITHUB_STEP_SUMMARY"], !step.isEmpty { try Self.append(page, to: step) }
        if let junit { try TextFile.write(JUnitReport.render(card, replay: replay, gate: result), to: junit) }
        if let summary { try TextFile.write(page, to: summary) }
        if let codeQuality {
            let file = scenarioFile ?? "scenarios/\(card.scenario).yaml"
            try TextFile.write(Annotations.gitlab(result, scenario: card.scenario, file: file), to: codeQuality)
        }
        for file in badge {
            let badge = Badge(label: card.scenario, outcome: result.outcome, score: card.score)
            try TextFile.write(file.hasSuffix(".svg") ? badge.svg : badge.endpoint, to: file)
        }
    }

    /// Several steps' summaries share the file, so it is added to.
    private static func append(_ text: String, to path: String) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TextFile.unwritable(path, errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let written = bytes[offset...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                throw TextFile.unwritable(path, errno)
            }
            offset += written
        }
    }
}
