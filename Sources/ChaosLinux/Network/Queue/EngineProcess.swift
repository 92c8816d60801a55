/// The delay engine as the executor sees it: a worker and a line to it.
package final class EngineProcess {
    package enum Answer: Hashable {
        case ready(portid: UInt32, isRealTime: Bool)
        case failed(String)
        case counts(QueueCounts)

        package init?(_ line: String) {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2 else { return nil }
            switch words[0] {
            case "ready":
                let parts = words[1].split(separator: " ")
                guard parts.count == 2, let portid = UInt32(parts[0]) else { return nil }
                self = .ready(portid: portid, isRealTime: parts[1] == "real-time")
            case "failed": self = .failed(words[1])
            case "pong":
                guard let counts = QueueCounts(words: words[1]) else { return nil }
                self = .counts(counts)
            default: return nil
            }
        }
    }

    private let paired: PairedWorker
    var worker: Worker { paired.worker }

    /// Starts it; it does nothing before `go`.
    init(queue: UInt16, treatment: QueueTreatment) throws(HostError) {
        paired = try PairedWorker.start(["delay", "\(queue)"] + treatment.words)
    }

    /// Binds the queue. Returns its netlink address.
    func go() throws(HostError) -> (portid: UInt32, isRealTime: Bool) {
        paired.say("go")
        // Under load a process may take long to come up.
        switch answer(within: 5_000) {
        case .ready(let portid, let isRealTime): return (portid, isRealTime)
        case .failed(let why): throw HostError(.failed, "the delay engine cannot work: \(why)")
        default: throw HostError(.failed, "the delay engine did not become ready")
        }
    }

    /// Asks for its counts.
    func ping() { paired.say("ping") }

    /// What it has said since; empty also when it has gone.
    func heard() -> [Answer] { paired.hear().compactMap(Answer.init) }

    /// The last thing that it says within so many milliseconds; nil if it says nothing.
    func answer(within milliseconds: Int32) -> Answer? {
        let limit = BootTime.now + Int64(milliseconds) * 1_000_000
        while !paired.isClosed {
            let left = limit - BootTime.now
            guard left > 0 else { return nil }
            if let last = paired.hear(within: Int32(left / 1_000_000) + 1).compactMap(Answer.init).last { return last }
        }
        return nil
    }

    /// Calls with each answer, and once with nil when it has ended by itself.
    func watch(on loop: EventLoop, _ call: @escaping (Answer?) -> Void) {
        paired.watch(on: loop) { line in
            guard let line else { return call(nil) }
            if let answer = Answer(line) { call(answer) }
        }
    }

    /// Has it release all packets and end; kills it after `patience` ms. Idempotent.
    func end(patience: Int32) {
        if patience > 0 { paired.say("stop") }
        paired.end(patience: patience)
    }
}
