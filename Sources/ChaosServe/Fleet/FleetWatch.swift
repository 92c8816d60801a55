package import ChaosService
import Foundation

/// Which journals are followed: those of the runs under way, or else that of the run which ended last, so that the map
/// shows how it left the fleet.
package final class FleetWatch {
    private let reports: String
    private var tails: [(id: String, tail: JournalTail, hubs: [String]?)] = []

    /// `reports`: the folder that relative run directories lie in.
    package init(reports: String) { self.reports = reports }

    /// Reads on. To be called once for each look at the service.
    package func advance(_ status: ServiceStatus) -> [FleetView] {
        let running = status.running.compactMap(\.directory)
        if !running.isEmpty {
            follow(running)
        } else if tails.count != 1 {
            // Several ended at once, or none was seen yet.
            follow(status.recent.compactMap(\.directory).prefix(1).map(\.self))
        } else if let last = status.recent.compactMap(\.directory).first, path(last) != path(tails[0].id) {
            // A run that came and went between two looks.
            follow([last])
        }
        var views: [FleetView] = []
        for index in tails.indices {
            let (id, tail, _) = tails[index]
            tail.advance()
            guard let state = tail.state else { continue }
            let hubs = tails[index].hubs ?? StoredFleet.hubs(in: path(id))
            tails[index].hubs = hubs
            views.append(
                FleetView(
                    id: id, isCurrent: running.contains(id), state: state, hubs: hubs, trouble: tail.failure))
        }
        return views
    }

    private func follow(_ wanted: [String]) {
        tails.removeAll { !wanted.contains($0.id) }
        for id in wanted where !tails.contains(where: { $0.id == id }) {
            tails.append((id: id, tail: JournalTail(path: path(id) + "/journal.jsonl"), hubs: nil))
        }
    }

    /// Relative to the reports, where it lies in there: running runs are named as their command was told to.
    func name(_ directory: String) -> String {
        directory.hasPrefix(reports + "/") ? String(directory.dropFirst(reports.count + 1)) : directory
    }

    private func path(_ directory: String) -> String {
        if directory.hasPrefix("/") { return directory }
        let inReports = "\(reports)/\(directory)"
        // An entry of the calendar may write elsewhere.
        return FileManager.default.fileExists(atPath: inReports) ? inReports : directory
    }
}
