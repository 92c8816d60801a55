import ChaosPlan
import Foundation

/// The names of a run's hubs, from the fleet file that its directory keeps: the journal names only those that something
/// happened to.
enum StoredFleet {
    static func hubs(in directory: String) -> [String] {
        guard let data = FileManager.default.contents(atPath: "\(directory)/run.json"),
            let record = try? JSONDecoder().decode(Record.self, from: data), let file = record.files.last,
            // What the record names lies inside of the directory; another path is not followed.
            !file.stored.hasPrefix("/"), !file.stored.split(separator: "/").contains(".."),
            let text = try? String(contentsOfFile: "\(directory)/\(file.stored)", encoding: .utf8)
        else { return [] }
        return FleetReader.read(text: text, file: file.stored).0?.hubs.map(\.name) ?? []
    }

    private struct Record: Decodable {
        struct File: Decodable {
            var stored: String
        }
        var files: [File]
    }
}
