import Foundation
import Testing

/// Texts that must not change unnoticed. `UPDATE_GOLDEN=1 swift test` rewrites them.
enum Golden {
    private static var directory: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
    }

    static func expect(_ text: String, equals name: String, location: SourceLocation = #_sourceLocation) throws {
        let file = directory.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let known = try String(contentsOf: file, encoding: .utf8)
        #expect(text == known, "differs from Golden/\(name)", sourceLocation: location)
    }
}
