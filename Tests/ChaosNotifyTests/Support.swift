import ChaosNotify
import ChaosPlan
import Foundation
import Synchronization
import Testing

/// A directory that is gone with the test.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/gauntlet-notify-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ text: String, to file: String, mode: mode_t = 0o600) throws -> String {
        let whole = "\(path)/\(file)"
        try text.write(toFile: whole, atomically: true, encoding: .utf8)
        chmod(whole, mode)
        return whole
    }

    /// Paths of all files below it, relative to it.
    func files() -> [String] {
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return names.filter {
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(path)/\($0)", isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }
    }

    func text(_ file: String) -> String {
        FileManager.default.contents(atPath: "\(path)/\(file)").map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Reads a configuration that must be good.
    func configuration(_ text: String) throws -> NotifyConfiguration {
        let (configuration, problems) = NotifyConfiguration.read(text: text, file: "\(path)/notifications.yaml")
        return try #require(configuration, "\(problems.map(\.description))")
    }
}

/// A clock that stands still until it is moved.
final class ManualClock: NotifyClock {
    private struct Timer {
        var due: Int64
        var work: @Sendable () -> Void
    }

    private struct State {
        var now: Int64
        var timers: [Timer] = []
    }

    /// 2026-11-21T21:00:00Z
    static let start: Int64 = 1_795_294_800_000
    private let state: Mutex<State>

    init(_ now: Int64 = ManualClock.start) { state = Mutex(State(now: now)) }

    var now: Int64 { state.withLock { $0.now } }

    func after(_ milliseconds: Int64, _ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.timers.append(Timer(due: $0.now + max(0, milliseconds), work: work)) }
    }

    /// Moves on and fires what is due, in order.
    func advance(_ milliseconds: Int64) {
        let target = now + milliseconds
        while true {
            let next = state.withLock { state -> Timer? in
                guard let index = state.timers.indices.min(by: { state.timers[$0].due < state.timers[$1].due }),
                    state.timers[index].due <= target
                else { return nil }
                state.now = max(state.now, state.timers[index].due)
                return state.timers.remove(at: index)
            }
            guard let next else { break }
            next.work()
        }
        state.withLock { $0.now = target }
    }

    /// How far the nearest timer is, but for those that fire every two seconds to look about.
    var pending: [Int64] { state.withLock { state in state.timers.map { $0.due - state.now } } }
}

/// Collects lines.
final class Log: Sendable {
    private let collected = Mutex<[String]>([])

    var lines: [String] { collected.withLock { $0 } }

    func add(_ line: String) { collected.withLock { $0.append(line) } }
}

/// Waits until something is so, for as long as a slow machine may take.
func eventually(
    _ what: String, within seconds: Double = 60, location: SourceLocation = #_sourceLocation,
    _ isSo: () async -> Bool
) async throws {
    let end = Date().addingTimeInterval(seconds)
    while await !isSo() {
        guard Date() < end else {
            Issue.record("not within \(seconds) s: \(what)", sourceLocation: location)
            throw CancellationError()
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// The run that the tests tell of.
let hubRun = NotificationEvent.Run(
    scenario: "hub-failover", fleet: "two-machine", world: "live", seed: 7,
    directory: "reports/hub-failover/20261121-210000-7",
    replay: "gauntlet replay reports/hub-failover/20261121-210000-7")

func deviated(_ findings: [String] = ["failover-time: 7.1 s, demanded ≤ 5 s"]) -> NotificationEvent {
    .runEnded(hubRun, verdict: "deviated", score: 82.5, coverage: 100, findings: findings)
}

let held = NotificationEvent.runEnded(hubRun, verdict: "held", score: 100, coverage: 100)
