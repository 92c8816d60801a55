import ChaosPlan
import ChaosReport
import ChaosScore

/// What one pass over a journal on disk gives. Never made while the run is on: a trap in scoring must not cost the run.
struct JournalAnalysis {
    var header: JournalHeader
    var scorecard: Scorecard
    var timeline: Timeline

    static func read(_ store: RunStore, plan: Plan) throws(Failure) -> JournalAnalysis {
        do throws(JournalError) {
            var reader = try JournalReader(path: store.path(of: RunDirectory.journal))
            var scorer = Scorer(header: reader.header, plan: plan)
            var model = TimelineModel(header: reader.header)
            while let record = try reader.next() {
                scorer.consume(record)
                model.consume(record)
            }
            scorer.truncated = reader.truncated
            scorer.journalHash = reader.hash.text
            return JournalAnalysis(header: reader.header, scorecard: scorer.finish(), timeline: model.finish())
        } catch {
            throw Failure(journal: error, in: store)
        }
    }
}
