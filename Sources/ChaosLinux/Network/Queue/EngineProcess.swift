import CLinuxShims
import CNetlink
import Glibc

/// The delay engine as the executor sees it: a worker and a line to it.
final class EngineProcess {
    enum Answer: Hashable {
        case ready(portid: UInt32, isRealTime: Bool)
        case failed(String)
        case counts(QueueCounts)

        init?(_ line: String) {
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

    let worker: Worker
    /// Readable when it has said something or has gone.
    let line: Int32
    private var input = LineBuffer()
    private var isEnded = false

    /// Starts it; it does nothing before `go`.
    init(queue: UInt16, treatment: QueueTreatment) throws(HostError) {
        var pair: [Int32] = [-1, -1]
        try SystemCall.check(host_socket_pair(&pair), "making a line to the delay engine")
        defer { close(pair[1]) }
        do {
            worker = try Worker.start(["delay", "\(queue)"] + treatment.words, descriptors: [pair[1], -1, 2])
        } catch {
            close(pair[0])
            throw error
        }
        line = pair[0]
    }

    deinit { end(patience: 0) }

    /// Binds the queue. Returns its netlink address.
    func go() throws(HostError) -> (portid: UInt32, isRealTime: Bool) {
        say("go")
        // Under load a process may take long to come up.
        switch answer(within: 5_000) {
        case .ready(let portid, let isRealTime): return (portid, isRealTime)
        case .failed(let why): throw HostError(.failed, "the delay engine cannot work: \(why)")
        default: throw HostError(.failed, "the delay engine did not become ready")
        }
    }

    func say(_ word: String) {
        let bytes = Array("\(word)\n".utf8)
        _ = send(line, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// What it has said since; empty also when it has gone.
    func heard() -> [Answer] {
        var answers: [Answer] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !isEnded {
            let count = recv(line, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            answers += input.append(buffer[..<count]).compactMap { $0.flatMap(Answer.init) }
        }
        return answers
    }

    /// The last thing that it says within so many milliseconds; nil if it says nothing.
    func answer(within milliseconds: Int32) -> Answer? {
        let limit = BootTime.now + Int64(milliseconds) * 1_000_000
        while !isEnded {
            let left = limit - BootTime.now
            guard left > 0 else { return nil }
            var wait = pollfd(fd: line, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, Int32(left / 1_000_000) + 1) > 0 else { continue }
            if let last = heard().last { return last }
            if wait.revents & Int16(POLLHUP) != 0 { return nil }
        }
        return nil
    }

    /// Has it release all packets and end; kills it after `patience` ms. Idempotent.
    func end(patience: Int32) {
        guard !isEnded else { return }
        isEnded = true
        if patience > 0 {
            say("stop")
            var wait = pollfd(fd: worker.pidfd, events: Int16(POLLIN), revents: 0)
            let limit = BootTime.now + Int64(patience) * 1_000_000
            while poll(&wait, 1, patience) < 0, errno == EINTR, BootTime.now < limit {}
        }
        worker.end()
        close(line)
    }
}
