import ChaosFleet
import ChaosLinux

/// Why a fleet does not come up, in one message: which processes are not ready, and what they wrote last.
enum ReadinessFailure {
    private static let describedMost = 3
    private static let linesMost = 5

    static func describe(_ late: [SupervisedProcess], _ why: String) -> HostError {
        let names = late.map(\.order.name).joined(separator: ", ")
        let details = late.prefix(describedMost).map { process in
            let place = process.order.readyPort.map { "no connection to \(process.address):\($0)" } ?? "it does not run"
            let end = process.lastEnd.isEmpty ? "" : ", \(process.lastEnd)"
            let log = tail(process.order.log)
            return "\(process.order.name): \(place)\(end), "
                + (log.isEmpty ? "its log is empty" : "its log ends: \(log)")
        }
        return HostError(.failed, "not ready (\(why)): \(names). \(details.joined(separator: ". "))")
    }

    /// On one line.
    private static func tail(_ path: String) -> String {
        let lines = ((try? SmallFile.read(path)) ?? "").split(separator: "\n" as Character)
        return lines.suffix(linesMost).map { String($0.prefix(300)) }.joined(separator: " | ")
    }
}
