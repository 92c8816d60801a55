internal import ChaosCalendar
internal import Foundation

/// The validations that `gauntlet validate` gathers beside the reports.
enum ValidationStore {
    static func all(in reports: String) -> [Validation] {
        let directory = "\(reports)/validations"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return files.filter { $0.hasSuffix(".json") }.sorted().compactMap { file in
            FileManager.default.contents(atPath: "\(directory)/\(file)")
                .flatMap { Validation.read(String(decoding: $0, as: UTF8.self)) }
        }
    }
}

extension Validation {
    func status(at now: Int64) -> ServiceStatus.ValidationStatus {
        .init(
            name: name, gathered: min(gathered, wanted), wanted: wanted, availability: judgedAvailability,
            coverage: coverage(at: now))
    }
}
