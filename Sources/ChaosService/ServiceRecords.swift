package import ChaosCalendar
internal import Foundation

/// A service's records, for other processes.
public enum ServiceRecords {
    /// Leaves a word for the service of this folder, which acts on it within a second; or for the next one.
    ///
    /// - Returns: what was done, in a sentence.
    /// - Throws: `ServiceError` where there are no records.
    public static func resume(in reports: String, by actor: String) throws -> String {
        let path = Service.records(in: reports)
        guard FileManager.default.fileExists(atPath: path) else {
            throw ServiceError("no service has worked in \(reports): there is no \(path)")
        }
        let store = try ServiceStore(path)
        guard let why = try store.paused() else { return "the calendar is not paused" }
        try store.wish(.init(kind: "resume", actor: actor))
        return "the calendar will be resumed; it was \(why)"
    }

    /// As if a service had first seen an entry then: what was due since is missed, or made up for. For tests.
    package static func begin(_ entry: String, at instant: Int64, in reports: String) throws {
        try ServiceStore(Service.records(in: reports)).begin(entry, at: instant)
    }

    /// All that a service has written down.
    package static func jobs(in reports: String) throws -> [CalendarJob] {
        try ServiceStore(Service.records(in: reports)).all()
    }
}
