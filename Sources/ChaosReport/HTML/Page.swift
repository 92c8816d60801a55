import ChaosPlan
import ChaosScore

/// Everything a section of the page may draw from.
struct Page {
    let scorecard: Scorecard
    let timeline: Timeline
    let header: JournalHeader
    let plan: PlanSummary
    let replay: String
    let seeds: [SeedResult]
    let grades: RunGrades?
    let scale: TimeScale

    var isRepeated: Bool { scorecard.seeds.count > 1 }

    /// Subjects that some fault was aimed at, from the journal (exact) and from the scorecard.
    var targeted: Set<Int> {
        Set(timeline.faults.flatMap(\.subjects)).union(scorecard.faults.flatMap(\.hurtTargets))
    }

    func host(of subject: Int) -> String {
        guard header.subjects.indices.contains(subject) else { return "" }
        let index = header.subjects[subject].host
        return header.hosts.indices.contains(index) ? header.hosts[index] : ""
    }

    func group(of subject: Int) -> String {
        guard header.subjects.indices.contains(subject) else { return "" }
        let index = header.subjects[subject].group
        return header.groups.indices.contains(index) ? header.groups[index] : ""
    }
}
