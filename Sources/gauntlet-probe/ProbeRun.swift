import ChaosFleet
package import ChaosPlan
package import NIOCore

/// How one request ended; times from the start.
package struct ProbeOutcome: Hashable, Sendable {
    package var subject: Int
    package var intended: Nanoseconds
    package var end: Nanoseconds
    package var isOK: Bool
    /// How late it was really sent: the prober's own error.
    package var late: Nanoseconds
    /// The fleet's member that was asked, if known.
    package var serving: Int?

    package init(
        subject: Int, intended: Nanoseconds, end: Nanoseconds, isOK: Bool, late: Nanoseconds, serving: Int?
    ) {
        self.subject = subject
        self.intended = intended
        self.end = end
        self.isOK = isOK
        self.late = late
        self.serving = serving
    }
}

/// Where outcomes go. Used on the prober's event loop only.
package protocol ProbeSink: AnyObject {
    func ended(_ outcome: ProbeOutcome)
    /// It was due, and the prober was too late to send it, or could not.
    func missed(subject: Int, intended: Nanoseconds)
    /// What hinders the prober; one text at most once a second.
    func error(_ text: String)
}

/// What a client makes of an answer, or of none.
package enum ProbeAnswer: Hashable, Sendable {
    case succeeded
    case failed
    /// The prober itself could not send it; why.
    case unsent(String)

    init(_ isOK: Bool) { self = isOK ? .succeeded : .failed }
}

/// What one client asks, whichever way.
package struct ProbeClient {
    package var subject: Int
    package var schedule: Schedule
    package var timeout: Nanoseconds
    /// Sends one request; calls `done` once, at the latest when `timeout` (nanoseconds from now) is over.
    package var send: Send

    package typealias Send = (
        _ timeout: Nanoseconds, _ done: @escaping (_ answer: ProbeAnswer, _ serving: Int?) -> Void
    ) -> Void

    package init(
        subject: Int, schedule: Schedule, timeout: Nanoseconds,
        send: @escaping Send
    ) {
        self.subject = subject
        self.schedule = schedule
        self.timeout = timeout
        self.send = send
    }
}

/// Open-loop clients: each request is sent when it is due, whatever became of those before, and its latency counts from then.
package final class ProbeRun {
    /// One that could be sent only later than this, or than half its timeout, is not sent. Sent with hardly any time left, all
    /// would time out and take their connections with them, which makes a prober that is behind slower still.
    package static let latest: Nanoseconds = .second

    private let clients: [ProbeClient]
    private let sink: any ProbeSink
    private let ended: () -> Void
    private let startNs: Int64
    private var loop: OpenLoop?
    private var inFlight = 0
    private var complained: [String: Nanoseconds] = [:]
    private var allSent = false
    private var isCancelled = false

    /// `ended` is called once, when all that were due before the stop have ended.
    package init(
        on eventLoop: any EventLoop, startNs: Int64, stop: Nanoseconds? = nil, clients: [ProbeClient],
        sink: any ProbeSink, ended: @escaping () -> Void
    ) {
        self.clients = clients
        self.sink = sink
        self.ended = ended
        self.startNs = startNs
        loop = OpenLoop(
            on: eventLoop, startNs: startNs, schedules: clients.map(\.schedule), stop: stop,
            due: { client, intended in self.send(client, intended) },
            ended: {
                // It held this until now.
                self.loop = nil
                self.allSent = true
                if self.inFlight == 0 { self.ended() }
            })
    }

    package func start() { loop?.start() }

    package var stop: Nanoseconds? {
        get { loop?.stop }
        set { if loop?.stop != newValue { loop?.stop = newValue } }
    }

    /// Sends nothing more, and forgets what is on its way.
    package func cancel() {
        isCancelled = true
        loop?.cancel()
        loop = nil
    }

    private func complain(_ text: String, at time: Nanoseconds) {
        if let last = complained[text], time - last < .second { return }
        complained[text] = time
        sink.error(text)
    }

    private func send(_ index: Int, _ intended: Nanoseconds) {
        let client = clients[index]
        let late = FleetClock.now - startNs - intended
        guard late <= Self.latest, late <= client.timeout / 2 else {
            return sink.missed(subject: client.subject, intended: intended)
        }
        inFlight += 1
        client.send(client.timeout - late) { answer, serving in
            let end = FleetClock.now - self.startNs
            self.inFlight -= 1
            guard !self.isCancelled else { return }
            if case .unsent(let why) = answer {
                self.complain(why, at: end)
                self.sink.missed(subject: client.subject, intended: intended)
            } else {
                self.sink.ended(
                    ProbeOutcome(
                        subject: client.subject, intended: intended, end: end,
                        isOK: answer == .succeeded && end - intended <= client.timeout, late: late, serving: serving))
            }
            if self.allSent, self.inFlight == 0 { self.ended() }
        }
    }
}
