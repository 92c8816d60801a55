import ChaosReport
import ChaosScore
import ReportSamples
import Testing

@Suite("Grades of simulated numbers")
struct GradeTests {
    private let hub = Sample.hubFailover

    /// The sample with faults of these kinds.
    private func card(_ kinds: String..., world: String = "simulated") -> Scorecard {
        var card = hub.scorecard
        let fault = card.faults[0]
        card.world = world
        card.version = "0.1.0"
        card.faults = kinds.map { kind in
            var fault = fault
            fault.kind = kind
            return fault
        }
        return card
    }

    private func page(_ card: Scorecard, _ grades: RunGrades?) -> String {
        HTMLReport.render(
            scorecard: card, timeline: hub.timeline, header: hub.header, plan: Sample.plan, replay: hub.replay,
            grades: grades)
    }

    @Test("each kind of fault that was injected has its grade, by name and once")
    func each() throws {
        let grades = try #require(RunGrades(card("pause", "kill", "pause", "cpu"), .book(Sample.grades)))
        #expect(
            grades.items == [
                "cpu: unvalidated (no live trial)", "kill: partial (32 live trials; 10 of 16 equivalent)",
                "pause: validated (24 live trials; 5 of 5 equivalent)",
            ])
    }

    @Test("a live run, a run without faults, and a fault that was never commanded have no grade")
    func none() throws {
        #expect(RunGrades(card("kill", world: "live"), .book(Sample.grades)) == nil)
        #expect(RunGrades(card(), .book(Sample.grades)) == nil)
        var card = card("kill", "cpu")
        card.faults[1].commanded = nil
        #expect(try #require(RunGrades(card, .book(Sample.grades))).grades.map(\.kind) == ["kill"])
    }

    @Test("without grades every kind is unvalidated, with the reason, and nobody claims that nobody looked")
    func absent() throws {
        let grades = try #require(RunGrades(card("kill", "pause"), .absent(because: "no grades: there is no X")))
        #expect(grades.items == ["kill: unvalidated", "pause: unvalidated"])
        let text = ConsoleSummary.render(card("kill", "pause"), colour: false, grades: grades)
        #expect(
            text.hasSuffix("\nfidelity  kill: unvalidated  pause: unvalidated\n          no grades: there is no X\n"))
        #expect(page(card("kill"), grades).contains("No grades: there is no X."))
    }

    @Test(
        "a run says whether its fleet is the one that was simulated, the one that ran live, or neither",
        arguments: [
            (0x6a6d_0994_c652_77a7, [String]()),
            (
                0x766b_9cbf_1973_9965,
                ["measured on fleet two-machine-measured; this run's is two-machine, which only the live trials ran on"]
            ), (7, ["measured on fleet two-machine-measured; this run's fleet differs"]),
        ] as [(UInt64, [String])])
    func fleets(digest: UInt64, notes: [String]) throws {
        var card = card("kill", "pause", "cpu")
        card.fleetDigest = digest
        #expect(try #require(RunGrades(card, .book(Sample.grades))).notes == notes)
        // Of a kind that nobody measured there is nothing to say.
        card.faults.removeFirst(2)
        #expect(try #require(RunGrades(card, .book(Sample.grades))).notes.isEmpty)
    }

    @Test("grades measured with another version of the engine are marked")
    func versions() throws {
        var card = card("kill")
        card.fleetDigest = 0x6a6d_0994_c652_77a7
        card.version = "0.2.0"
        let notes = try #require(RunGrades(card, .book(Sample.grades))).notes
        #expect(notes == ["measured with gauntlet 0.1.0; this run is of 0.2.0"])
    }

    @Test("terminal, summary and page show the grades, and without them read as before")
    func shown() throws {
        let card = card("kill", "pause")
        let grades = try #require(RunGrades(card, .book(Sample.grades)))
        let item = "kill: partial (32 live trials; 10 of 16 equivalent)"
        let note = "easured on fleet two-machine-measured; this run's fleet differs"

        let plain = ConsoleSummary.render(card, colour: false, width: 80)
        let text = ConsoleSummary.render(card, colour: false, width: 80, grades: grades)
        #expect(text.hasPrefix(plain))
        #expect(
            text.dropFirst(plain.count) == """
                fidelity  \(item)
                          pause: validated (24 live trials; 5 of 5 equivalent)
                          m\(note)

                """)
        for width in [50, 60, 120] {
            let text = ConsoleSummary.render(card, colour: false, width: width, grades: grades)
            let added = text.dropFirst(ConsoleSummary.render(card, colour: false, width: width).count)
            #expect(added.split(separator: "\n").allSatisfy { $0.count <= width }, "\(width):\n\(added)")
        }

        let summary = MarkdownSummary.render(card, replay: "r", grades: grades)
        #expect(summary.contains("Fidelity of these simulated numbers: \(item), pause: validated"))
        #expect(!MarkdownSummary.render(card, replay: "r").contains("idelity"))

        let html = page(card, grades)
        #expect(html.contains(item) && html.contains("<details><summary>Why</summary>"))
        #expect(
            html.contains(
                "<strong>kill</strong> measured in agent-kill-one, broker-down; simulated on two-machine-measured (6a6d0994c65277a7); live on"
            ))
        #expect(html.contains("<strong>kill</strong> broker-down: failover of kill-broker was seen live only</li>"))
        #expect(html.contains("Measured 2026-11-21 with gauntlet 0.1.0."))
        #expect(WellFormed.problem(in: html) == nil)
        #expect(!page(card, nil).contains("class=\"fidelity\""))
    }

    @Test("a name in the book cannot break out of terminal, summary or page")
    func escapes() throws {
        let evil = "<script>|`\u{1B}[2J"
        var book = Sample.grades
        book.grades[0].scenarios = [evil]
        book.grades[0].missing = [evil]
        book.grades[0].simulatedFleets = [GradedFleet(name: evil, digest: 1)]
        book.versions = [evil]
        let grades = try #require(RunGrades(card("kill"), .book(book)))
        let html = page(card("kill"), grades)
        #expect(WellFormed.problem(in: html) == nil && !html.contains("<script>|"))
        let text = ConsoleSummary.render(card("kill"), colour: false, grades: grades)
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        #expect(!MarkdownSummary.render(card("kill"), replay: "r", grades: grades).contains("<script>"))
    }

    // MARK: The file

    @Test("a book reads back as it was written, and equal books are equal bytes")
    func roundTrip() throws {
        let text = GradeBookJSON.encode(Sample.grades)
        let book = try GradeBookJSON.decode(text)
        #expect(book == Sample.grades)
        #expect(GradeBookJSON.encode(book) == text)
        // A line for each kind, so that a review shows which changed.
        #expect(text.split(separator: "\n").count { $0.contains("\"kind\"") } == 2)
    }

    @Test(
        "a book that says too much, too little or what cannot be is refused, with the place",
        arguments: [
            ("{}", "{}", "{}", "no book"), ("", "\"gauntlet_grades\": 1", "\"gauntlet_grades\": 2", "format 2"),
            ("", "\"measured\"", "\"mesured\"", "mesured"),
            ("", "\"kind\": \"kill\", ", "", "kind"),
            ("", "\"kind\": \"kill\"", "\"note\": 1, \"kind\": \"kill\"", "note"),
            ("", "\"level\": \"partial\"", "\"level\": \"good\"", "kill: \"good\" is none of validated"),
            ("", "\"level\": \"partial\"", "\"level\": \"validated\"", "kill: validated, though"),
            ("", "\"level\": \"partial\"", "\"level\": \"unvalidated\"", "kill: unvalidated, with 32"),
            ("", "\"live_trials\": 24", "\"live_trials\": 19", "pause: validated, though"),
            ("", "\"equivalent\": 10", "\"equivalent\": 17", "17 of 16"),
            ("", "\"equivalent\": 10", "\"equivalent\": -1", "-1 of 16"),
            ("", "\"kind\": \"pause\"", "\"kind\": \"kill\"", "kill has two grades"),
            ("", "6a6d0994c65277a7", "6a6d", "no digest"),
            ("", "\"live_trials\": 32", "\"live_trials\": \"32\"", "liveTrials"),
        ])
    func refused(whole: String, old: String, new: String, why: String) throws {
        let text = GradeBookJSON.encode(Sample.grades)
        let changed = whole.isEmpty ? text.replacingFirst(old, with: new) : whole
        #expect(changed != text)
        let error = try #require(throws: GradeBookJSON.Malformed.self) { try GradeBookJSON.decode(changed) }
        #expect(error.description.contains(why), "\(error.description)")
    }
}

extension String {
    fileprivate func replacingFirst(_ old: String, with new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        return replacingCharacters(range, with: new)
    }

    private func replacingCharacters(_ range: Range<String.Index>, with new: String) -> String {
        String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
    }
}
