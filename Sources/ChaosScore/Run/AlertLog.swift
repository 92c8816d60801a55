import ChaosPlan

/// The alerts of a run, each from its first firing until it was resolved; one that fires again afterwards is another.
struct AlertLog {
    struct Alert {
        var identity: AlertEvent.Identity
        var fired: Nanoseconds
        /// Nil: still firing when the run ended.
        var resolved: Nanoseconds?
    }

    private(set) var alerts: [Alert] = []
    /// Somebody watched, so that silence says something.
    private(set) var isMonitored = false
    private var firing: [AlertEvent.Identity: Int] = [:]

    mutating func monitored() { isMonitored = true }

    mutating func consume(_ event: AlertEvent, at time: Nanoseconds) {
        isMonitored = true
        switch (firing[event.identity], event.isFiring) {
        case (nil, true):
            firing[event.identity] = alerts.count
            alerts.append(Alert(identity: event.identity, fired: time, resolved: nil))
        case (let index?, false):
            alerts[index].resolved = time
            firing[event.identity] = nil
        case (.some, true), (nil, false): break
        }
    }
}
