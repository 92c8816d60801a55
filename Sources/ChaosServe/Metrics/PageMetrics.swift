import ChaosReport
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
        var out = MetricsText(.prometheus)
        out.gauge("gauntlet_build_info", help: "The engine's version.", [Sample(1, [("version", version)])])
        service(&out)
        fleets(&out)
        out.gauge("gauntlet_page_viewers", help: "Pages that look at this service now.", [Sample(Double(viewers))])
        out.counter(
            "gauntlet_page_messages_total", help: "Messages made for pages; one serves all of them.",
            [Sample(Double(encodings))])
        out.counter(
            "gauntlet_page_actions_total", help: "Attempts to act, by what was asked and how it was answered.",
            actions.map { Sample(Double($0.count), [("action", $0.action), ("answer", $0.answer)]) })
        process(&out)
        return out.text
    }

    private typealias Sample = MetricsText.Sample

    private func service(_ out: inout MetricsText) {
        out.counter(
            "gauntlet_runs_total", help: "Runs that ended since this service began, by outcome.",
            endedRuns.counts.map {
                Sample(Double($0.count), [("world", $0.kind.world), ("outcome", $0.kind.outcome)])
            })
        out.gauge(
            "gauntlet_last_run_score", help: "Score of a scenario's last run, 0 to 100.",
            endedRuns.last.compactMap { last in last.run.score.map { Sample($0, [("scenario", last.scenario)]) } })
        out.gauge(
            "gauntlet_last_run_ended_timestamp_seconds", help: "When a scenario's last run ended.",
            endedRuns.last.map { Sample(Double($0.run.ended), [("scenario", $0.scenario)]) })
        guard let status = page?.status else { return }
        out.gauge(
            "gauntlet_service_started_timestamp_seconds", help: "When this service began.",
            [Sample(Double(status.started))])
        out.gauge(
            "gauntlet_calendar_paused", help: "1 while nothing starts by itself.",
            [Sample(status.paused == nil ? 0 : 1)])
        out.gauge("gauntlet_running_runs", help: "Runs under way.", [Sample(Double(status.running.count))])
        out.gauge(
            "gauntlet_next_run_due_timestamp_seconds", help: "When the next run is due; absent without one.",
            status.next.prefix(1).map { Sample(Double($0.due)) })
        out.gauge(
            "gauntlet_budget_spent_agent_seconds",
            help: "What chaos has spent of a fleet's error budget this week.",
            status.budgets.map { Sample($0.spent, [("fleet", $0.fleet)]) })
        out.gauge(
            "gauntlet_budget_allowed_agent_seconds",
            help: "What chaos may spend of a fleet's error budget a week.",
            status.budgets.map { Sample($0.allowed, [("fleet", $0.fleet)]) })
        validations(status.validations, &out)
        guard let notices = status.notifications else { return }
        out.counter(
            "gauntlet_notifications_total", help: "Notifications, by what became of them.",
            [
                Sample(Double(notices.delivered), [("state", "delivered")]),
                Sample(Double(notices.givenUp), [("state", "given-up")]),
            ])
        out.gauge(
            "gauntlet_notifications_waiting", help: "Notifications not delivered yet.",
            [Sample(Double(notices.waiting))])
    }

    private func validations(_ all: [ServiceStatus.ValidationStatus], _ out: inout MetricsText) {
        out.gauge(
            "gauntlet_validation_gathered_seconds", help: "Evidence that a long validation has gathered.",
            all.map { Sample(Double($0.gathered), [("validation", $0.name)]) })
        out.gauge(
            "gauntlet_validation_wanted_seconds", help: "Evidence that it was asked for.",
            all.map { Sample(Double($0.wanted), [("validation", $0.name)]) })
        out.gauge(
            "gauntlet_validation_coverage_ratio", help: "Share of the time that has passed with evidence.",
            all.map { Sample($0.coverage / 100, [("validation", $0.name)]) })
        out.gauge(
            "gauntlet_validation_availability_ratio", help: "User-uptime over the evidence.",
            all.compactMap { one in one.availability.map { Sample($0, [("validation", one.name)]) } })
    }

    /// Of fleets under test now: none without a run under way.
    private func fleets(_ out: inout MetricsText) {
        let fleets = (page?.fleets ?? []).filter(\.isCurrent)
        func labels(_ fleet: FleetView) -> [(name: String, value: String)] {
            [("scenario", fleet.head.scenario), ("world", fleet.head.world)]
        }
        func each(_ value: (FleetView) -> Double?) -> [Sample] {
            fleets.compactMap { fleet in value(fleet).map { Sample($0, labels(fleet)) } }
        }
        out.gauge(
            "gauntlet_fleet_availability_ratio", help: "Share of agents whose clients are served now.",
            each(\.figures.now))
        out.gauge(
            "gauntlet_fleet_run_availability_ratio", help: "User-uptime since the run began.", each(\.figures.soFar))
        out.gauge(
            "gauntlet_fleet_agents_up", help: "Agents whose clients are served.", each { Double($0.figures.up) })
        out.gauge(
            "gauntlet_fleet_agents_down", help: "Agents whose clients are not.", each { Double($0.figures.down) })
        out.gauge("gauntlet_fleet_faults_in_force", help: "Faults in force.", each { Double($0.faults.count) })
        out.gauge(
            "gauntlet_fleet_breakers_open", help: "Circuit breakers that are not closed.",
            each { Double($0.breakers.count) })
        out.gauge(
            "gauntlet_fleet_buffering_agents", help: "Agents that keep messages the broker cannot take.",
            each { Double($0.buffers.count) })
        out.gauge(
            "gauntlet_fleet_partitioned", help: "1 while a hub sees a partition.",
            each { fleet in fleet.hubs.contains { $0.link != nil && $0.link != "connected" } ? 1 : 0 })
        out.gauge(
            "gauntlet_fleet_disk_used_ratio", help: "How full a host's disk is.",
            fleets.flatMap { fleet in
                fleet.disks.map { Sample($0.used, labels(fleet) + [(name: "host", value: $0.host)]) }
            })
    }

    private func process(_ out: inout MetricsText) {
        guard let process = ProcessFigures.read() else { return }
        out.counter("process_cpu_seconds_total", help: "Processor time.", [Sample(process.cpuSeconds)])
        out.gauge("process_resident_memory_bytes", help: "Resident memory.", [Sample(process.residentBytes)])
        out.gauge("process_open_fds", help: "Open descriptors.", [Sample(process.openDescriptors)])
        out.gauge("process_start_time_seconds", help: "When the process began.", [Sample(process.started)])
    }
}
