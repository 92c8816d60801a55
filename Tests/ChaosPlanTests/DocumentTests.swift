import ChaosPlan
import Foundation
import Testing

/// docs/formats.md is the contract: what it shows must read.
@Suite struct DocumentTests {
    /// The YAML examples in order.
    private static func examples() throws -> [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/formats.md")
            .standardized
        let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "```")
        return parts.enumerated().filter { $0.offset % 2 == 1 && $0.element.hasPrefix("yaml\n") }.map {
            String($0.element.dropFirst(5))
        }
    }

    @Test func `the scenario of the document reads as it stands`() throws {
        let text = try #require(try Self.examples().dropFirst().first)
        let reading = PlanReader.read(scenario: text, file: "formats.md") { path in
            path == "objectives.yaml"
                ? "gauntlet-objectives: 1\nblocks: { data-safety: [ { metric: cascades, max: 0 } ] }"
                : Fixtures.load(path)
        }
        #expect(reading.problems == [])
        #expect(reading.variants == ["slow"])
    }

    @Test func `the fleet of the document reads once its gaps are filled`() throws {
        let document = try #require(try Self.examples().first)
        var text = document.replacingOccurrences("(…)", "(promise)")
        // It shows one of each; the fixture has what those refer to.
        for section in ["hosts", "profiles", "hubs", "agents", "  call-classes"] {
            text = Self.replacingSection(section, in: text, from: Fixtures.fleet)
        }
        let (fleet, problems) = FleetReader.read(text: text, file: "formats.md")
        #expect(problems == [])
        #expect(fleet?.policies.breaker.minimumCalls == 20)
    }

    /// Replaces a key and all that is indented deeper than it.
    private static func replacingSection(_ key: String, in text: String, from other: String) -> String {
        let indent = key.prefix { $0 == " " }.count
        func split(_ text: String) -> (before: [Substring], section: [Substring], after: [Substring]) {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            guard let start = lines.firstIndex(where: { $0.hasPrefix("\(key):") }) else { return (lines, [], []) }
            let end = lines[(start + 1)...].firstIndex { $0.prefix { $0 == " " }.count <= indent } ?? lines.count
            return (Array(lines[..<start]), Array(lines[start..<end]), Array(lines[end...]))
        }
        let own = split(text)
        return (own.before + split(other).section + own.after).joined(separator: "\n")
    }
}
