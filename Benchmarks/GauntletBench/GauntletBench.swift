import Foundation

/// Prints what the product promises about speed beside what this machine does. Run by `Benchmarks/run.sh` from the root of
/// the repository; a missed bound is a line of the table, not an exit code.
@main
struct GauntletBench {
    /// The product's command.
    let gauntlet: String
    /// The C++ hold model and a Python that has SimPy, or `skipped: why`.
    let cpp: String
    let simpy: String
    /// For files that are thrown away.
    let scratch: String

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if arguments.first == "measure" {
                try await Measurements.run(Array(arguments.dropFirst()))
            } else if arguments.count == 4 {
                let bench = GauntletBench(
                    gauntlet: arguments[0], cpp: arguments[1], simpy: arguments[2], scratch: arguments[3])
                try bench.run()
            } else {
                print("usage: gauntlet-bench GAUNTLET CPP-HOLD SIMPY-PYTHON SCRATCH | measure …")
                exit(64)
            }
        } catch {
            print("\(error)")
            exit(70)
        }
    }

    func run() throws {
        var table = Table()
        try hold(&table)
        try short(&table)
        try seeds(&table)
        try soak(&table)
        try history(&table)
        table.end()
    }

    // MARK: Ten thousand recorded runs

    /// Two histories: of forty scenarios in both worlds, and of one scenario alone. Every fifth series has a shift, the dearest
    /// thing that a trend can meet.
    private func history(_ table: inout Table) throws {
        for (name, scenarios) in [("40 scenarios in two worlds", 40), ("one scenario", 1)] {
            let folder = "\(scratch)/history"
            try? FileManager.default.removeItem(atPath: folder)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let made = try Child.measure("history", folder, "10000", "\(scenarios)")
            table.head("10,000 recorded runs of \(name), as a process, median of 5")
            table.line(
                "to record them at once", "\(try made.number("wall").text(2)) s, \(try made.number("size").text(1)) MB")
            for arguments in [
                ["runs"], ["runs", "scenario-0", "--verdict", "held"], ["trend"], ["trend", "scenario-0"],
            ] {
                var walls: [Double] = []
                for _ in 0..<5 {
                    let child = try Child.measure(["command", gauntlet] + arguments + ["--out", folder])
                    guard try child.number("status") == 0 else {
                        throw Child.Failed(description: "`gauntlet \(arguments.joined(separator: " "))` failed")
                    }
                    walls.append(try child.number("wall"))
                }
                let wall = Double.median(walls)
                table.line(
                    "`gauntlet \(arguments.joined(separator: " "))` ≤ 300 ms", "\((wall * 1000).text(0)) ms",
                    holds: wall <= 0.3)
            }
        }
    }

    // MARK: A week

    private func soak(_ table: inout Table) throws {
        let scenario = "scenarios/soak-168h.yaml"
        let journal = "\(scratch)/soak.jsonl"
        defer { try? FileManager.default.removeItem(atPath: journal) }
        table.head("soak-168h, seed 1, one thread: from reading the scenario to journal on disk and scorecard")
        let week = try Child.measure("scenario", scenario, "1", journal)
        let wall = try week.number("wall")
        let cpu = try week.number("cpu")
        let events = try week.number("events")
        let simulated = try week.number("simulated")
        table.line("wall ≤ 60 s (aim 20 s)", "\(wall.text(1)) s (processor \(cpu.text(1)) s)", holds: wall <= 60)
        table.line("user time", "\(try week.number("user").text(1)) s")
        table.line(
            "events per processor second ≥ 8 M, heartbeats not counted",
            "\((events / cpu / 1e6).text(1)) M/s (by wall clock \((events / wall / 1e6).text(1)) M/s)",
            holds: events / cpu >= 8e6)
        table.line(
            "events, without heartbeats",
            "\((events / 1e6).text(1)) M (\(try week.number("heartbeats").text(0)) heartbeats beside)")
        table.line(
            "requests and messages",
            "\((try week.number("requests") / 1e6).text(1)) M and \((try week.number("messages") / 1e6).text(1)) M")
        try costs(&table)
        table.line(
            "simulated time",
            "\((simulated / 3600).text(0)) h (\((events / simulated).text(0)) events/s, \((simulated / wall / 1000).text(1)) k× real time)"
        )
        table.line("most events pending at once", "\(try week.number("pending").text(0))")
        let memory = try week.number("memory")
        table.line("peak resident memory ≤ 200 MB", "\(memory.text(0)) MB", holds: memory <= 200)
        let size = try week.number("journal") / 1e6
        table.line("journal ≤ 100 MB", "\(size.text(1)) MB", holds: size <= 100)
        guard try canRun() else { return }
        let whole = try reported(scenario)
        table.line("`gauntlet run` to written report ≤ 60 s", "\(whole.wall.text(1)) s", holds: whole.wall <= 60)
        table.line("its peak resident memory ≤ 200 MB", "\(whole.memory.text(0)) MB", holds: whole.memory <= 200)
        table.line("its report made again ≤ 2 s", "\(whole.again.text(2)) s", holds: whole.again <= 2)
        table.line("its report ≤ 5 MB", "\((whole.page / 1e6).text(2)) MB", holds: whole.page <= 5e6)
    }

    /// Events that one more request, one more message, and the passing of time cost: from three hours without a fault that
    /// differ in one rate each, because an event does not know what caused it.
    private func costs(_ table: inout Table) throws {
        func run(requests: String, messages: String) throws -> (
            events: Double, requests: Double, messages: Double, time: Double
        ) {
            let child = try Child.measure(
                "scenario", "scenarios/control.yaml", "1", "/dev/null", "phases.faults=59min", "phases.baseline=30s",
                "phases.recovery=30s", "workload.requests.rate=\(requests)", "workload.messages.rate=\(messages)")
            return (
                try child.number("events"), try child.number("requests"), try child.number("messages"),
                try child.number("simulated")
            )
        }
        let base = try run(requests: "1/s", messages: "12/min")
        let moreRequests = try run(requests: "2/s", messages: "12/min")
        let moreMessages = try run(requests: "1/s", messages: "24/min")
        let perRequest = (moreRequests.events - base.events) / (moreRequests.requests - base.requests)
        let perMessage = (moreMessages.events - base.events) / (moreMessages.messages - base.messages)
        let rest = (base.events - perRequest * base.requests - perMessage * base.messages) / base.time
        table.line(
            "events per request, per message, per second of neither",
            "\(perRequest.text(2)), \(perMessage.text(2)), \(rest.text(2)) (without faults)")
    }

    // MARK: Event queue

    private func hold(_ table: inout Table) throws {
        table.head("hold model (take the earliest, put one back), exponential increments, processor time, median of 5")
        if cpp.hasPrefix("skipped") { table.line("beside C++ std::priority_queue", cpp) }
        if simpy.hasPrefix("skipped") { table.line("beside SimPy", simpy) }
        for pending in [100, 1_000, 10_000, 100_000] {
            let warmUp = "\(pending * 10)"
            let holds = 3_000_000
            var own: [Double] = []
            var others: [Double] = []
            var python: [Double] = []
            var sameOrder = true
            // In turns: what slows the machine down for a while slows all of them down.
            for round in 0..<5 {
                let arguments = ["\(pending)", warmUp, "\(holds)", "1"]
                let swift = try Child.run("/proc/self/exe", ["measure", "hold"] + arguments)
                own.append(try swift.number("seconds") / Double(holds))
                if !cpp.hasPrefix("skipped") {
                    let child = try Child.run(cpp, arguments)
                    others.append(try child.number("seconds") / Double(holds))
                    sameOrder = sameOrder && child.values["checksum"] == swift.values["checksum"]
                }
                if !simpy.hasPrefix("skipped"), round < 3 {
                    let few = 200_000
                    let child = try Child.run(
                        simpy, ["Benchmarks/hold.py", "\(pending)", "\(min(pending, 10_000))", "\(few)", "1"])
                    python.append(try child.number("seconds") / Double(few))
                }
            }
            let rate = 1 / Double.median(own) / 1e6
            var measured = "\(rate.text(1)) M/s (\((Double.median(own) * 1e9).text(0)) ns)"
            if !others.isEmpty {
                let ratios = zip(others, own).map { $0 / $1 }
                measured += "; \(Double.median(ratios).text(2))× C++\(sameOrder ? "" : " ORDER DIFFERS")"
            }
            if !python.isEmpty {
                let ratios = zip(python, own).map { $0 / $1 }
                measured += "; \(Double.median(ratios).text(0))× SimPy"
            }
            let bounded = pending == 1_000
            table.line(
                bounded ? "1000 pending ≥ 15 M events/s" : "\(pending) pending", measured,
                holds: bounded ? rate >= 15 && sameOrder : nil)
        }
    }

    // MARK: Minutes, and many of them

    private func short(_ table: inout Table) throws {
        let scenario = "scenarios/hub-failover.yaml"
        let hasRun = try canRun()
        var walls: [Double] = []
        for _ in 0..<5 {
            if hasRun {
                walls.append(try reported(scenario).wall)
            } else {
                let began = ContinuousClock.now
                _ = try Child.measure("scenario", scenario, "1", "/dev/null")
                walls.append(Machine.seconds(since: began))
            }
        }
        table.head("hub-failover (3 minutes), seed 1, as a process, median of 5")
        let wall = Double.median(walls)
        table.line(
            hasRun
                ? "`gauntlet run` to written report ≤ 0.5 s" : "to journal and scorecard (no `gauntlet run`) ≤ 0.5 s",
            "\(wall.text(3)) s (best \(walls.min()!.text(3)) s)", holds: wall <= 0.5)
    }

    /// A version of the command that cannot run a scenario is measured without its report.
    private func canRun() throws -> Bool {
        try Child.run(gauntlet, ["run", "--help"]).output.contains("USAGE: gauntlet run")
    }

    /// `gauntlet run`, from start to written report.
    private func reported(_ scenario: String) throws -> (wall: Double, memory: Double, again: Double, page: Double) {
        let directory = "\(scratch)/reports"
        try? FileManager.default.removeItem(atPath: directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let run = try Child.measure(
            "command", gauntlet, "run", scenario, "--seed", "1", "--out", directory, "--quiet")
        let files = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        guard let page = files.first(where: { $0.hasSuffix("report.html") }) else {
            throw Child.Failed(description: "`gauntlet run \(scenario)` wrote no report.html: \(run.output)")
        }
        let file = URL(fileURLWithPath: "\(directory)/\(page)")
        let again = try Child.measure("command", gauntlet, "report", file.deletingLastPathComponent().path)
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
        return (try run.number("wall"), try run.number("memory"), try again.number("wall"), Double(size ?? 0))
    }

    private func seeds(_ table: inout Table) throws {
        table.head("hub-failover, 1,000 seeds, run and scored on 2 threads")
        let child = try Child.measure("seeds", "scenarios/hub-failover.yaml", "1000", "2")
        let wall = try child.number("wall")
        let cpu = try child.number("cpu")
        table.line(
            "wall ≤ 60 s", "\(wall.text(1)) s (processor \(cpu.text(1)) s)",
            holds: wall <= 60)
        table.line(
            "events per processor second", "\((try child.number("events") / cpu / 1e6).text(1)) M/s")
        table.line("peak resident memory", "\(try child.number("memory").text(0)) MB")
    }
}
