public import ChaosPlan
import ChaosRun
import ChaosScore
import ChaosSim

/// Puts measured values into a fleet file.
///
/// Restart times, local delay and links are read off. A service time cannot be: what clients see is queueing and calls to
/// others too. It is found by simulating the same load without faults and scaling each profile's time until the simulated
/// median latency is the measured one.
public enum Calibration {
    public struct Result: Sendable {
        public var fleet: FleetText
        /// Constant times at the measured medians: what a model without any thought would have.
        public var naive: FleetText
        public var values: [CalibrationRecord.Value]
        public var quantiles: [CalibrationRecord.Quantiles]
        public var missing: [String]
    }

    /// Fewer measurements than these are no basis for a number.
    static let leastRequests = 100
    static let leastStarts = 3
    static let leastDetections = 10

    /// - Parameters:
    ///   - plan: of the runs, under another text of its fleet; nil where that cannot be read.
    public static func learn(
        _ measured: Measurements, fleet text: FleetText, plan: (FleetText) -> Plan?
    ) async throws(FleetText.Failure) -> Result {
        guard let start = plan(text) else {
            throw FleetText.Failure(description: "the runs' plan cannot be read with this fleet")
        }
        var work = Work(measured: measured, text: text, fleet: start.fleet)
        try work.readOff()
        try await work.matchServiceTimes(plan)
        return try work.result()
    }

    private struct Work {
        let measured: Measurements
        let original: FleetText
        var text: FleetText
        var changes: [String: (value: Nanoseconds, samples: Int, method: String)] = [:]
        var missing: [String] = []
        /// Agents' and hubs' profiles by what is measured of them: a group's name, or nil for look-ups.
        var profiles: [(name: String, groups: [String], isHub: Bool)] = []
        /// Of members.
        var profileOf: [String: String] = [:]

        init(measured: Measurements, text: FleetText, fleet: Fleet) {
            self.measured = measured
            self.text = text
            original = text
            profileOf = Self.profiles(of: fleet, in: text)
            let hubs = Set(fleet.hubs.compactMap { profileOf[$0.name] })
            for name in text.keys(at: "profiles") {
                let groups = Set(fleet.agents.filter { profileOf[$0.name] == name }.map(\.group)).sorted()
                // A group with members of two profiles speaks for neither.
                let pure = groups.filter { group in
                    fleet.agents.allSatisfy { $0.group != group || profileOf[$0.name] == name }
                }
                profiles.append((name, pure, hubs.contains(name)))
            }
        }

        private static func profiles(of fleet: Fleet, in text: FleetText) -> [String: String] {
            var result: [String: String] = [:]
            for agent in fleet.agents {
                result[agent.name] =
                    text.value(at: "agents.\(agent.group).members.\(agent.name).profile")
                    ?? text.value(at: "agents.\(agent.group).profile")
            }
            for hub in fleet.hubs { result[hub.name] = text.value(at: "hubs.\(hub.name).profile") }
            for store in fleet.stores { result[store.name] = text.value(at: "stores.\(store.name).profile") }
            for server in fleet.broker.servers { result[server.name] = text.value(at: "broker.profile") }
            return result
        }

        // MARK: What is read off

        mutating func readOff() throws(FleetText.Failure) {
            for profile in profiles {
                let starts = measured.startups.filter { profileOf[$0.key] == profile.name }.flatMap(\.value)
                if starts.count < leastStarts {
                    missing.append(
                        "profiles.\(profile.name).startup: \(starts.count) restarts seen, \(leastStarts) needed")
                    continue
                }
                set(
                    "profiles.\(profile.name).startup", to: median(starts), samples: starts.count,
                    "median from the supervisor's start to serving")
            }
            if measured.lookUps.total >= leastRequests, let quick = measured.lookUps.quantile(0.05) {
                set(
                    "local-delay", to: quick / 2, samples: measured.lookUps.total,
                    "half of the 5 % quantile of look-ups at an agent's hub")
            } else {
                missing.append("local-delay: \(measured.lookUps.total) look-ups seen, \(leastRequests) needed")
            }
            for link in 0..<text.count(at: "links") {
                let ends = (0..<2).compactMap { text.value(at: "links.\(link).between.\($0)") }
                guard ends.count == 2 else { continue }
                let trips =
                    (measured.roundTrips["\(ends[0])-\(ends[1])"] ?? [])
                    + (measured.roundTrips["\(ends[1])-\(ends[0])"] ?? [])
                if trips.isEmpty {
                    missing.append(
                        "links.\(link).delay: no latency fault on \(ends[0])-\(ends[1]) says what it took before")
                } else {
                    set(
                        "links.\(link).delay", to: median(trips) / 2, samples: trips.count,
                        "half of the prober's median round trip before a latency fault")
                }
            }
            readDetection()
            try apply()
        }

        /// What came later than the detector's timeout is jitter: a heartbeat that was late, or a detector that was.
        private mutating func readDetection() {
            guard measured.detections.count >= leastDetections else {
                missing.append(
                    "policies.heartbeat.jitter: \(measured.detections.count) detections of killed agents seen, \(leastDetections) needed"
                )
                return
            }
            guard text.value(at: "policies.heartbeat.detector") == "fixed",
                let timeout = duration("policies.heartbeat.timeout")
            else {
                missing.append("policies.heartbeat.jitter: can be told for the fixed detector only")
                return
            }
            let late = measured.detections.map { max(0, $0 - timeout) }.sorted()
            let index = min(late.count - 1, late.count * 95 / 100)
            guard late[index] > 0 else {
                missing.append("policies.heartbeat.jitter: killed agents were noticed within the timeout; it stays")
                return
            }
            set(
                "policies.heartbeat.jitter", to: late[index], samples: late.count,
                "95 % quantile of how long after the timeout killed agents were noticed")
        }

        // MARK: What is matched

        mutating func matchServiceTimes(_ plan: (FleetText) -> Plan?) async throws(FleetText.Failure) {
            let targets = profiles.compactMap {
                profile -> (path: String, groups: [String], isHub: Bool, goal: Nanoseconds, samples: Int)? in
                let histogram = latency(measured, profile.groups, isHub: profile.isHub)
                guard histogram.total >= leastRequests, let goal = histogram.quantile(0.5) else { return nil }
                return ("profiles.\(profile.name).time", profile.groups, profile.isHub, goal, histogram.total)
            }
            for profile in profiles where !targets.contains(where: { $0.path == "profiles.\(profile.name).time" }) {
                missing.append(
                    "profiles.\(profile.name).time: no client asks it directly, or too few requests were seen")
            }
            for _ in 0..<6 {
                guard let plan = plan(text) else {
                    throw FleetText.Failure(description: "the runs' plan cannot be read with measured values")
                }
                let simulated = try await Self.simulate(plan)
                let network = 2 * plan.fleet.localDelay
                for target in targets {
                    guard let now = duration(target.path),
                        let seen = latency(simulated, target.groups, isHub: target.isHub).quantile(0.5)
                    else { continue }
                    let ratio = Double(max(1000, target.goal - network)) / Double(max(1000, seen - network))
                    // In steps: profiles that call each other move together.
                    let next = Double(now) * min(4, max(0.25, ratio))
                    set(
                        target.path, to: Nanoseconds(next), samples: target.samples,
                        "scaled until the simulated median latency without faults was the measured \(Quantity.text(duration: target.goal))"
                    )
                }
                try apply()
            }
        }

        private static func simulate(_ plan: Plan) async throws(FleetText.Failure) -> Measurements {
            var schedule = Schedule.draw(plan, seed: 1)
            schedule.instances = []
            var measurements = Measurements()
            do throws(WorldError) {
                let run = try await SimulatedRun.run(plan, seed: 1, to: .memory, schedule: schedule)
                do throws(JournalError) {
                    try measurements.add(JournalReader(bytes: run.bytes))
                } catch {
                    preconditionFailure("a journal of ours cannot be read: \(error)")
                }
            } catch {
                throw FleetText.Failure(description: "the fleet cannot be simulated: \(error.message)")
            }
            return measurements
        }

        private func latency(_ source: Measurements, _ groups: [String], isHub: Bool) -> LatencyHistogram {
            if isHub { return source.lookUps }
            var sum = LatencyHistogram()
            for group in groups { if let part = source.latency[group] { sum.add(part) } }
            return sum
        }

        // MARK: The files

        func result() throws(FleetText.Failure) -> Result {
            var values: [CalibrationRecord.Value] = []
            for (path, change) in changes.sorted(by: { $0.key < $1.key }) {
                values.append(
                    .init(
                        path: path, before: original.value(at: path) ?? "", after: text.value(at: path) ?? "",
                        samples: change.samples, method: change.method))
            }
            var quantiles: [CalibrationRecord.Quantiles] = []
            var constant: [String: String] = [:]
            for profile in profiles {
                constant["profiles.\(profile.name).spread"] = Fleet.Service.Spread.constant.rawValue
                let histogram = latency(measured, profile.groups, isHub: profile.isHub)
                guard histogram.total >= leastRequests else { continue }
                let shares = Array(stride(from: 0.05, to: 0.96, by: 0.05)) + [0.99]
                quantiles.append(
                    .init(
                        profile: profile.name, samples: histogram.total,
                        latencyNs: shares.compactMap { histogram.quantile($0) }))
                if let middle = histogram.quantile(0.5) {
                    constant["profiles.\(profile.name).time"] = Self.written(middle)
                }
            }
            return Result(
                fleet: text, naive: try text.replacing(constant), values: values, quantiles: quantiles, missing: missing
            )
        }

        private mutating func set(_ path: String, to value: Nanoseconds, samples: Int, _ method: String) {
            changes[path] = (value, samples, method)
        }

        private mutating func apply() throws(FleetText.Failure) {
            text = try text.replacing(changes.mapValues { Self.written($0.value) })
        }

        /// Of a value with its source, without it.
        private func duration(_ path: String) -> Nanoseconds? {
            text.value(at: path).flatMap { FleetText.duration($0) }
        }

        /// In whole microseconds: nothing in a fleet is shorter.
        private static func written(_ value: Nanoseconds) -> String { "\(max(1, (value + 500) / 1000))us (measured)" }

        private func median(_ values: [Nanoseconds]) -> Nanoseconds { values.sorted()[(values.count - 1) / 2] }
    }
}
