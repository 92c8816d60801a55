import ChaosPlan
import Foundation
import Testing

@Suite struct SchemaTests {
    @Test(arguments: ["scenario", "fleet"])
    func `the committed schema is the generated one`(name: String) throws {
        let generated = name == "scenario" ? FormatSchema.scenario() : FormatSchema.fleet()
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../docs/\(name).schema.json"
        ).standardized
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try generated.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(
            try String(contentsOf: file, encoding: .utf8) == generated,
            "UPDATE_GOLDEN=1 rewrites docs/\(name).schema.json")
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(generated.utf8)) }
    }
}
