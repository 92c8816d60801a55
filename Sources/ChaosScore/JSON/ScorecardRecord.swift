internal import ChaosPlan

/// The shape of `scorecard.json`. Separate from `Scorecard`, so that neither's changes force the other's; property names
/// become the file's keys (`detectedNs` is `detected_ns`).
struct ScorecardRecord: Codable {
    var gauntletScorecard: Int
    var scenario: String
    var fleet: String
    var seeds: [UInt64]
    var planDigest: String
    var fleetDigest: String
    var world: String
    var version: String
    var verdict: String
    var score: Double?
    var coverage: Double
    var objectives: [ObjectiveRecord]
    var findings: [String]
    var brokenInvariants: [String]
    var inconclusiveReasons: [String]
    var faults: [FaultRecord]
    var facts: FactsRecord
    var journalHash: String
    var worstSeed: UInt64?
    var perSeed: [SeedRecord]

    struct SeedRecord: Codable {
        var seed: UInt64
        var verdict: String
        var score: Double?
        var coverage: Double
        var journalHash: String
        /// Absent in older files.
        var values: [Double?]?
        var missed: [Int]?
    }

    init(_ card: Scorecard) {
        gauntletScorecard = ScorecardJSON.format
        scenario = card.scenario
        fleet = card.fleet
        seeds = card.seeds
        planDigest = JournalHash.text(card.planDigest)
        fleetDigest = JournalHash.text(card.fleetDigest)
        world = card.world
        version = card.version
        verdict = card.verdict.rawValue
        score = card.score.map(Self.points)
        coverage = Self.points(card.coverage)
        objectives = card.objectives.map(ObjectiveRecord.init)
        findings = card.findings
        brokenInvariants = card.brokenInvariants
        inconclusiveReasons = card.inconclusiveReasons
        faults = card.faults.map(FaultRecord.init)
        facts = FactsRecord(card.facts)
        journalHash = card.journalHash
        worstSeed = card.worstSeed
        perSeed = card.perSeed.map {
            SeedRecord(
                seed: $0.seed, verdict: $0.verdict.rawValue, score: $0.score.map(Self.points),
                coverage: Self.points($0.coverage), journalHash: $0.journalHash, values: $0.values,
                missed: $0.missed)
        }
    }

    func scorecard() throws(ScorecardJSON.Malformed) -> Scorecard {
        var restored: [ObjectiveResult] = []
        for objective in objectives { restored.append(try objective.result()) }
        var seedResults: [SeedResult] = []
        for seed in perSeed {
            var result = SeedResult(
                seed: seed.seed, verdict: try Self.word(seed.verdict), score: seed.score, coverage: seed.coverage,
                journalHash: seed.journalHash)
            result.values = seed.values ?? []
            result.missed = seed.missed ?? []
            seedResults.append(result)
        }
        var card = Scorecard(
            scenario: scenario, fleet: fleet, seeds: seeds, planDigest: try Self.digest(planDigest),
            fleetDigest: try Self.digest(fleetDigest), world: world, version: version,
            verdict: try Self.word(verdict), score: score, coverage: coverage, objectives: restored,
            findings: findings, faults: faults.map { $0.times }, facts: try facts.facts(), journalHash: journalHash)
        card.brokenInvariants = brokenInvariants
        card.inconclusiveReasons = inconclusiveReasons
        card.worstSeed = worstSeed
        card.perSeed = seedResults
        return card
    }

    /// Two decimals: what people compare and gates are set to.
    static func points(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    static func word<Word: RawRepresentable & CaseIterable>(
        _ text: String
    ) throws(ScorecardJSON.Malformed) -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: text) else {
            throw ScorecardJSON.Malformed(
                description: "\"\(text)\" is none of " + Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return word
    }

    private static func digest(_ text: String) throws(ScorecardJSON.Malformed) -> UInt64 {
        guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else {
            throw ScorecardJSON.Malformed(description: "\"\(text)\" is no digest of 16 hexadecimal digits")
        }
        return value
    }
}
