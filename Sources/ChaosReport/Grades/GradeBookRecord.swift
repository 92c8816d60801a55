/// The shape of `grades.json`, as it is read.
struct GradeBookRecord: Decodable {
    struct Mark: Decodable {
        var gauntletGrades: Int
    }

    struct Fleet: Decodable {
        enum CodingKeys: String, CodingKey, CaseIterable { case name, digest }

        var name: String
        var digest: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.exactContainer(keyedBy: CodingKeys.self)
            name = try container.decode(String.self, forKey: .name)
            digest = try container.decode(String.self, forKey: .digest)
        }
    }

    struct Grade: Decodable {
        enum CodingKeys: String, CodingKey, CaseIterable {
            case kind, level, liveTrials, equivalent, compared, missing, scenarios, simulatedOn, liveOn
        }

        var kind: String
        var level: String
        var liveTrials: Int
        var equivalent: Int
        var compared: Int
        var missing: [String]
        var scenarios: [String]
        var simulatedOn: [Fleet]
        var liveOn: [Fleet]

        init(from decoder: any Decoder) throws {
            let container = try decoder.exactContainer(keyedBy: CodingKeys.self)
            kind = try container.decode(String.self, forKey: .kind)
            level = try container.decode(String.self, forKey: .level)
            liveTrials = try container.decode(Int.self, forKey: .liveTrials)
            equivalent = try container.decode(Int.self, forKey: .equivalent)
            compared = try container.decode(Int.self, forKey: .compared)
            missing = try container.decode([String].self, forKey: .missing)
            scenarios = try container.decode([String].self, forKey: .scenarios)
            simulatedOn = try container.decode([Fleet].self, forKey: .simulatedOn)
            liveOn = try container.decode([Fleet].self, forKey: .liveOn)
        }
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case gauntletGrades, measured, versions, trialsNeeded, grades
    }

    var measured: String
    var versions: [String]
    var trialsNeeded: Int
    var grades: [Grade]

    init(from decoder: any Decoder) throws {
        let container = try decoder.exactContainer(keyedBy: CodingKeys.self)
        measured = try container.decode(String.self, forKey: .measured)
        versions = try container.decode([String].self, forKey: .versions)
        trialsNeeded = try container.decode(Int.self, forKey: .trialsNeeded)
        grades = try container.decode([Grade].self, forKey: .grades)
    }

    func book() throws(GradeBookJSON.Malformed) -> GradeBook {
        var result: [FidelityGrade] = []
        for grade in grades {
            guard !result.contains(where: { $0.kind == grade.kind }) else {
                throw GradeBookJSON.Malformed(description: "\(grade.kind) has two grades")
            }
            result.append(try grade.grade(needed: trialsNeeded))
        }
        return GradeBook(measured: measured, versions: versions, trialsNeeded: trialsNeeded, grades: result)
    }
}

extension GradeBookRecord.Grade {
    fileprivate func grade(needed: Int) throws(GradeBookJSON.Malformed) -> FidelityGrade {
        func refused(_ why: String) -> GradeBookJSON.Malformed { .init(description: "\(kind): \(why)") }
        guard let level = FidelityGrade.Level(rawValue: level) else {
            throw refused(
                "\"\(self.level)\" is none of " + FidelityGrade.Level.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard liveTrials >= 0, compared >= 0, (0...compared).contains(equivalent) else {
            throw refused("\(equivalent) of \(compared) in \(liveTrials) live trials cannot be")
        }
        guard (level == .unvalidated) == (liveTrials == 0) else {
            throw refused("\(level.rawValue), with \(liveTrials) live trials")
        }
        guard level != .validated || liveTrials >= needed && missing.isEmpty && equivalent == compared else {
            throw refused("validated, though something is missing")
        }
        return FidelityGrade(
            kind: kind, level: level, trials: liveTrials, missing: missing, equivalent: equivalent, compared: compared,
            scenarios: scenarios, simulatedFleets: try fleets(simulatedOn), liveFleets: try fleets(liveOn))
    }

    private func fleets(_ list: [GradeBookRecord.Fleet]) throws(GradeBookJSON.Malformed) -> [GradedFleet] {
        var fleets: [GradedFleet] = []
        for fleet in list {
            guard fleet.digest.utf8.count == 16, let digest = UInt64(fleet.digest, radix: 16) else {
                throw GradeBookJSON.Malformed(
                    description: "\(kind): \"\(fleet.digest)\" is no digest of 16 hexadecimal digits")
            }
            fleets.append(GradedFleet(name: fleet.name, digest: digest))
        }
        return fleets
    }
}

extension Decoder {
    /// With no key beside those.
    fileprivate func exactContainer<Keys: CodingKey & CaseIterable>(
        keyedBy keys: Keys.Type
    ) throws -> KeyedDecodingContainer<Keys> {
        let known = Set(keys.allCases.map(\.stringValue))
        if let other = try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).filter({ !known.contains($0) })
            .min()
        {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "no key is called \(other)"))
        }
        return try container(keyedBy: keys)
    }
}

private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
