import ChaosLinux
import Foundation

/// Runs trials and tells what was left.
enum KillMatrix {
    /// Hits `victim` at `moment` of `fault`'s life and waits until the world is as before.
    ///
    /// `patience`: how long after the hit (and, for a hang, the lease) residue may be seen, ns.
    static func trial(
        _ fault: MatrixFault, _ victim: Victim, _ moment: Moment, delay: Int64, in arena: Arena, patience: Int64
    ) -> Trial {
        func result(_ outcome: Trial.Outcome) -> Trial {
            Trial(fault: fault.name, victim: victim, moment: moment, outcome: outcome)
        }
        do {
            // The last trial's guardian may still be on its way out.
            try arena.waitForKernel()
            guard let before = arena.untouched else { throw TrialFailure("the arena cannot be sensed") }
            let outcome = try run(fault, victim, moment, delay, arena, patience, before)
            if case .residue = outcome { arena.isSpoilt = true }
            return result(outcome)
        } catch {
            arena.isSpoilt = true
            return result(.residue("the trial failed: \(error)"))
        }
    }

    private static func run(
        _ fault: MatrixFault, _ victim: Victim, _ moment: Moment, _ delay: Int64, _ arena: Arena, _ patience: Int64,
        _ before: [String]
    ) throws -> Trial.Outcome {
        let ensemble = try Ensemble(in: arena.host, state: arena.directory.path, run: arena.run, checkpoint: moment)
        let fields = #""id":"f",\#(fault.request(arena))"#
        if moment == .midRevert {
            let injected = try ensemble.ask(#""op":"inject","fault":{\#(fields)}"#, within: 10)
            guard injected?.ok == true else {
                return .residue("not injected: \(injected?.error?.message ?? "no answer")")
            }
            _ = ensemble.send(#""op":"revert","fault":"f""#)
        } else {
            _ = ensemble.send(#""op":"inject","fault":{\#(fields)}"#)
        }
        if moment == .random {
            usleep(UInt32(delay / 1_000))
        } else {
            let stands = try ensemble.standsAtCheckpoint(within: 5) {
                try ensemble.replies().contains { $0.re == 2 } && moment != .midRevert
            }
            guard stands else {
                let said = try ensemble.replies().last { $0.re != nil && $0.re != 1 }
                if said?.ok == false { return .residue("not injected: \(said?.error?.message ?? "")") }
                return .notReached
            }
        }
        ensemble.hit(victim)
        let hit = BootTime.now
        ensemble.goOn()
        // A hang is noticed by its lease; a hung guardian by the next renewal that it does not answer.
        let allowed = patience + (victim.isStop ? Ensemble.lease + 200_000_000 : 0)
        if victim.needsRecover {
            try arena.waitForKernel()
            let recovered = try Shell.run([
                HostProcess.executable, "recover", "--state", "\(arena.directory.path)/state", "--durable",
                "\(arena.directory.path)/durable",
            ])
            guard recovered.code == 0 else { return .residue("recover: \(recovered.output)") }
        }
        var left: [String] = []
        repeat {
            if victim == .stoppedGuardian { _ = ensemble.send(#""op":"renew""#) }
            // Where the runner lives, or only sleeps, its executor rightly goes on without a fault.
            let mayHoldNothing = moment == .random && victim == .stoppedExecutor
            let lives =
                victim == .stoppedRunner || victim == .stoppedGuardian || victim == .guardian || mayHoldNothing
            let besides = lives ? [ensemble.executor] : []
            left = arena.glance(besides: besides)
            guard left == Array(before.prefix(left.count)) else {
                usleep(3_000)
                continue
            }
            left = try arena.sense(besides: besides)
            let now = BootTime.now
            // Before the answer (or the death, or the takeover) the fault may still be on its way.
            let isSettled = try isOver(victim, moment, ensemble) || now - hit > allowed - 300_000_000
            if left == before, isSettled {
                // A request that was not read before the hang would rightly be injected now.
                if moment == .random, victim == .stoppedRunner || victim == .stoppedExecutor {
                    return .clean(now - hit)
                }
                ensemble.wake(victim)
                usleep(20_000)
                // Whoever wakes past its lease changes nothing.
                let after = try arena.sense(besides: [ensemble.executor])
                guard after == before else { return .residue("after waking: \(difference(before, after))") }
                return .clean(now - hit)
            }
        } while BootTime.now - hit < allowed
        return .residue(difference(before, left))
    }

    /// Whether all that the hit sets off has been set off: nothing of the fault can come any more.
    private static func isOver(_ victim: Victim, _ moment: Moment, _ ensemble: Ensemble) throws -> Bool {
        guard ensemble.executor.isAlive else { return true }
        let replies = try ensemble.replies()
        switch victim {
        // It is answered, or was never read; then the lease runs out.
        case .stoppedRunner: return replies.contains { $0.event == "expired" } || moment == .midRevert
        // It says so when it has taken all back.
        case .guardian, .stoppedGuardian:
            return replies.contains { $0.event == "guardian-lost" || $0.re ?? 0 >= 2 && $0.ok == false }
                || moment == .midRevert
        // It ends, by its input, by the hit or by its guardian.
        default: return false
        }
    }

    /// With undo disabled: whether the detector sees that the fault is in force.
    static func isSeen(_ fault: MatrixFault, in arena: Arena) throws -> Bool {
        try arena.waitForKernel()
        let before = try arena.sense()
        let ensemble = try Ensemble(
            in: arena.host, state: arena.directory.path, run: arena.run, checkpoint: .random, lease: 60_000_000_000,
            environment: ["GAUNTLET_TEST_WITHOUT_UNDO=1"])
        let injected = try ensemble.ask(#""op":"inject","fault":{"id":"f",\#(fault.request(arena))}"#, within: 10)
        guard injected?.ok == true else {
            throw TrialFailure("\(fault.name): \(injected?.error?.message ?? "no answer")")
        }
        _ = try ensemble.ask(#""op":"revert","fault":"f""#, within: 10)
        let after = try arena.sense(besides: [ensemble.executor], withoutRecords: true)
        ensemble.hit(.executor)
        let limit = BootTime.now + 5_000_000_000
        while try arena.sense() != before, BootTime.now < limit { usleep(20_000) }
        return after != before
    }

    static func difference(_ before: [String], _ after: [String]) -> String {
        zip(before, after).filter { $0 != $1 }.map { "was: \($0.prefix(400))\nis: \($1.prefix(400))" }.joined(
            separator: "\n")
    }
}
