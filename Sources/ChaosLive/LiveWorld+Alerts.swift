import ChaosFleet
import ChaosPlan
import ChaosRun
import Glibc

/// What the fleet's own monitoring says while a run is on.
extension LiveWorld {
    /// Listens to it from now on, if there is one.
    func listenToMonitoring() throws(LiveError) {
        guard session.isMonitored else { return }
        let receiver = try ChildProgram(
            session.entering(nil, [session.programs.probe, "alerts", "--listen", MonitoringSetup.receiver]))
        monitor = receiver
        // It has to be there before the run begins: an Alertmanager that finds nobody tries again only later.
        let deadline = FleetClock.now + 5 * .second
        while FleetClock.now < deadline {
            var wait = pollfd(fd: receiver.output, events: Int16(POLLIN), revents: 0)
            _ = poll(&wait, 1, 100)
            if monitorReader.lines(from: receiver.output).contains(where: { $0.hasPrefix("h\t") }) { return }
            if !receiver.isRunning { break }
        }
        throw LiveError("the receiver of alerts does not listen on \(MonitoringSetup.receiver)")
    }

    /// The journal's line that says so; at the start of the run.
    func noteMonitoring() {
        if monitor != nil { observer.monitored(by: "prometheus", now: 0) }
    }

    func hearAlerts() {
        guard let monitor else { return }
        for line in monitorReader.lines(from: monitor.output) {
            if line.hasPrefix("e\t") { tell("alerts: \(line.dropFirst(2))") }
            guard let alert = AlertLine(line) else { continue }
            let time = alert.time - order.startNs
            let identity = AlertEvent.Identity(name: alert.name, labels: alert.labels)
            // Alertmanager repeats itself: a message holds all alerts of a group, whichever of them changed.
            let isNew = alert.isFiring ? firing.insert(identity).inserted : firing.remove(identity) != nil
            guard isNew, time >= 0, time <= plan.phases.end else { continue }
            observer.alert(AlertEvent(identity, isFiring: alert.isFiring), now: time)
        }
    }
}
