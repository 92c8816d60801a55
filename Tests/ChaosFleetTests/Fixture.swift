import ChaosPlan
import Foundation
import Testing

enum Fixture {
    /// A shipped fleet.
    static func fleet(_ name: String) throws -> Fleet {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "scenarios/fleets/\(name).yaml").path()
        let (fleet, problems) = FleetReader.read(text: try String(contentsOfFile: file, encoding: .utf8), file: file)
        return try #require(fleet, "\(problems)")
    }

    static func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
