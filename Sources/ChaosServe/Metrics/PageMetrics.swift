import ChaosService

/// `/metrics`: what the service, the fleets under test, the page and the process are at.
package struct PageMetrics {
    package var page: PageState?
    package var endedRuns: EndedRuns
    package var viewers: Int
    package var encodings: Int
    package var actions: [ActionCounts.Entry]
    package var version: String

    package init(
        page: PageState?, endedRuns: EndedRuns, viewers: Int, encodings: Int, actions: [ActionCounts.Entry],
        version: String
    ) {
        self.page = page
        self.endedRuns = endedRuns
        self.viewers = viewers
        self.encodings = encodings
        self.actions = actions
        self.version = version
    }

    package var text: String {
        var out = MetricsText()
        out.add("gauntlet_build_info", .gauge, "The engine's version.", [(["version": version], 1)])
        service(&out)
        fleets(&out)
        out.add("gauntlet_page_viewers", .gauge, "Pages that look at this service now.", value: Double(viewers))
        out.add(
            "gauntlet_page_messages_total", .counter, "Messages made for pages; one serves all of them.",
            value: Double(encodings))
        out.add(
            "gauntlet_page_actions_total", .counter, "Attempts to act, by what was asked and how it was answered.",
            actions.map { (["action": $0.action, "answer": $0.answer], Double($0.count)) })
        process(&out)
        return out.text
    }

    private func service(_ out: inout MetricsText) {
        out.add(
            "gauntlet_runs_total", .counter, "Runs that ended since this service began, by outcome.",
            endedRuns.counts.map { (["world": $0.kind.world, "outcome": $0.kind.outcome], Double($0.count)) })
        out.add(
            "gauntlet_last_run_score", .gauge, "Score of a scenario's last run, 0 to 100.",
            endedRuns.last.compactMap { last in last.run.score.map { (["scenario": last.scenario], $0) } })
        out.add(
            "gauntlet_last_run_ended_timestamp_seconds", .gauge, "When a scenario's last run ended.",
            endedRuns.last.map { (["scenario": $0.scenario], Double($0.run.ended)) })
        guard let status = page?.status else { return }
        out.add(
            "gauntlet_service_started_timestamp_seconds", .gauge, "When this service began.",
            value: Double(status.started))
        out.add(
            "gauntlet_calendar_paused", .gauge, "1 while nothing starts by itself.", value: status.paused == nil ? 0 : 1
        )
        out.add("gauntlet_running_runs", .gauge, "Runs under way.", value: Double(status.running.count))
        out.add(
            "gauntlet_next_run_due_timestamp_seconds", .gauge, "When the next run is due; absent without one.",
            status.next.prefix(1).map { ([:], Double($0.due)) })
        out.add(
            "gauntlet_budget_spent_agent_seconds", .gauge, "What chaos has spent of a fleet's error budget this week.",
            status.budgets.map { (["fleet": $0.fleet], $0.spent) })
        out.add(
            "gauntlet_budget_allowed_agent_seconds", .gauge, "What chaos may spend of a fleet's error budget a week.",
            status.budgets.map { (["fleet": $0.fleet], $0.allowed) })
        let validations = status.validations
        out.add(
            "gauntlet_validation_gathered_seconds", .gauge, "Evidence that a long validation has gathered.",
            validations.map { (["validation": $0.name], Double($0.gathered)) })
        out.add(
            "gauntlet_validation_wanted_seconds", .gauge, "Evidence that it was asked for.",
            validations.map { (["validation": $0.name], Double($0.wanted)) })
        out.add(
            "gauntlet_validation_coverage_ratio", .gauge, "Share of the time that has passed with evidence.",
            validations.map { (["validation": $0.name], $0.coverage / 100) })
        out.add(
            "gauntlet_validation_availability_ratio", .gauge, "User-uptime over the evidence.",
            validations.compactMap { v -> MetricsText.Sample? in v.availability.map { (["validation": v.name], $0) } })
        guard let notices = status.notifications else { return }
        out.add(
            "gauntlet_notifications_total", .counter, "Notifications, by what became of them.",
            [
                (["state": "delivered"], Double(notices.delivered)), (["state": "given-up"], Double(notices.givenUp)),
            ])
        out.add(
            "gauntlet_notifications_waiting", .gauge, "Notifications not delivered yet.", value: Double(notices.waiting)
        )
    }

    /// Of fleets under test now: none without a run under way.
    private func fleets(_ out: inout MetricsText) {
        let fleets = (page?.fleets ?? []).filter(\.isCurrent)
        func each(_ value: (FleetView) -> Double?) -> [MetricsText.Sample] {
            fleets.compactMap { fleet in
                value(fleet).map { (["scenario": fleet.head.scenario, "world": fleet.head.world], $0) }
            }
        }
        out.add(
            "gauntlet_fleet_availability_ratio", .gauge, "Share of agents whose clients are served now.",
            each(\.figures.now))
        out.add(
            "gauntlet_fleet_run_availability_ratio", .gauge, "User-uptime since the run began.", each(\.figures.soFar))
        out.add("gauntlet_fleet_agents_up", .gauge, "Agents whose clients are served.", each { Double($0.figures.up) })
        out.add("gauntlet_fleet_agents_down", .gauge, "Agents whose clients are not.", each { Double($0.figures.down) })
        out.add("gauntlet_fleet_faults_in_force", .gauge, "Faults in force.", each { Double($0.faults.count) })
        out.add(
            "gauntlet_fleet_breakers_open", .gauge, "Circuit breakers that are not closed.",
            each { Double($0.breakers.count) })
        out.add(
            "gauntlet_fleet_buffering_agents", .gauge, "Agents that keep messages the broker cannot take.",
            each { Double($0.buffers.count) })
        out.add(
            "gauntlet_fleet_partitioned", .gauge, "1 while a hub sees a partition.",
            each { fleet in fleet.hubs.contains { $0.link != nil && $0.link != "connected" } ? 1 : 0 })
        out.add(
            "gauntlet_fleet_disk_used_ratio", .gauge, "How full a host's disk is.",
            fleets.flatMap { fleet in
                fleet.disks.map { disk -> MetricsText.Sample in
                    (["scenario": fleet.head.scenario, "world": fleet.head.world, "host": disk.host], disk.used)
                }
            })
    }

    private func process(_ out: inout MetricsText) {
        guard let process = ProcessFigures.read() else { return }
        out.add("process_cpu_seconds_total", .counter, "Processor time.", value: process.cpuSeconds)
        out.add("process_resident_memory_bytes", .gauge, "Resident memory.", value: process.residentBytes)
        out.add("process_open_fds", .gauge, "Open descriptors.", value: process.openDescriptors)
        out.add("process_start_time_seconds", .gauge, "When the process began.", value: process.started)
    }
}
