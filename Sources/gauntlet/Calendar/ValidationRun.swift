import ChaosCalendar
import ChaosPlan
import ChaosScore
import Foundation

/// Runs a scenario until a validation's window is over, and keeps what was gathered after each run.
struct ValidationRun {
    let loaded: LoadedPlan
    let firstSeed: UInt64
    let world: WorldKind
    let out: String
    let isJSON: Bool
    /// Nothing gathered yet.
    let blank: Validation

    private var file: String { Validation.file(blank.name, in: out) }
    private var now: Int64 { Int64(Date().timeIntervalSince1970) }

    func run(restart: Bool) async throws -> ExitCode {
        var validation = try restart ? begun() : earlier() ?? begun()
        try store(validation)
        let progress = ProgressMeter(label: validation.name, isEnabled: !isJSON)
        let settings = RunSettings(out: out, isJSON: false, isQuiet: true, exitZero: true, world: world)
        while Interrupts.count == 0, !validation.isComplete(at: now), validation.verdict(at: now) == nil {
            let started = now
            let seed = firstSeed + UInt64(validation.pieces.count)
            let finished: SingleRun.Finished
            do {
                finished = try await SingleRun(loaded: loaded, seed: seed, settings: settings).carryOut()
            } catch {
                progress.finish()
                throw error
            }
            validation.pieces.append(piece(finished, seed: seed, started: started))
            try store(validation)
            progress.update(Double(validation.passed(at: now)) / Double(validation.wanted))
            // Gone on with only by a person who has seen to it.
            if finished.code == .notReverted || finished.code == .toolFailure {
                progress.finish()
                throw Failure(
                    finished.code,
                    "\(finished.store.path): the fleet was not left as it was, or a tool failed; \(file) keeps what was gathered"
                )
            }
        }
        progress.finish()
        return try report(validation)
    }

    private func begun() -> Validation {
        var validation = blank
        validation.begun = now
        return validation
    }

    /// What the same command gathered before.
    private func earlier() throws(Failure) -> Validation? {
        guard TextFile.exists(file) else { return nil }
        guard var earlier = Validation.read(try TextFile.read(file)) else {
            throw Failure(.invalidPlan, "\(file): damaged, or of another version; --restart begins again")
        }
        guard earlier.planDigest == blank.planDigest, earlier.wanted == blank.wanted, earlier.world == blank.world
        else {
            throw Failure(
                .invalidPlan,
                "\(file) was begun with another plan, world or length; --restart begins again, --name keeps both")
        }
        earlier.promised = blank.promised
        earlier.minimumCoverage = blank.minimumCoverage
        return earlier
    }

    private func store(_ validation: Validation) throws(Failure) {
        try TextFile.makeDirectory("\(out)/validations")
        try TextFile.write(validation.json, to: file)
    }

    private func piece(_ finished: SingleRun.Finished, seed: UInt64, started: Int64) -> Validation.Piece {
        let card = finished.scorecard
        let simulated = (card.facts.duration + .second / 2) / .second
        let length = world == .live ? max(simulated, now - started) : simulated
        // An inconclusive or unfinished run says nothing about the promise.
        let counts = card.verdict != .inconclusive && finished.code.isVerdict
        let lost = card.facts.downtime.reduce(0) { $0 + Double($1.down) } / 1e9
        return Validation.Piece(
            directory: finished.store.path, seed: seed, started: started, length: length,
            measured: counts ? simulated : 0, lost: counts ? lost : 0,
            judgedLost: counts ? judgedLost(card, lost: lost, seconds: simulated) : 0,
            verdict: finished.code.isVerdict ? card.verdict.rawValue : "failed")
    }

    /// Runs with more faults an hour than the plan's promise assumes are judged at that rate.
    private func judgedLost(_ card: Scorecard, lost: Double, seconds: Int64) -> Double {
        let isDense = card.faults.count * 3600 > loaded.plan.faultsPerHour * Int(seconds)
        guard isDense, let budget = card.facts.availabilityBudget else { return lost }
        return (1 - budget) * Double(seconds) * Double(blank.agents)
    }

    private func report(_ validation: Validation) throws(Failure) -> ExitCode {
        let now = now
        let verdict = validation.verdict(at: now)
        if isJSON {
            try Terminal.write(validation.json)
        } else {
            try Terminal.write(ValidationText.render(validation, verdict: verdict, at: now, file: file))
        }
        switch verdict {
        case "held": return .held
        case "deviated": return .deviated
        case nil: return .interrupted
        default: return .inconclusive
        }
    }
}
