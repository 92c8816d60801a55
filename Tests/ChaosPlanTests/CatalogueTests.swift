import ChaosPlan
import Foundation
import Testing

/// The scenarios that the project ships.
@Suite struct CatalogueTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../scenarios"
    ).standardized

    private static var names: [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return all.filter { $0.hasSuffix(".yaml") && !["objectives.yaml", "promises.yaml"].contains($0) }.sorted()
    }

    @Test(arguments: names)
    func `every shipped scenario and variant reads, and draws a schedule`(name: String) throws {
        let text = try String(contentsOf: Self.directory.appending(path: name), encoding: .utf8)
        func read(_ variant: String?) -> Reading {
            PlanReader.read(scenario: text, file: name, variant: variant) {
                try? String(contentsOf: Self.directory.appending(path: $0), encoding: .utf8)
            }
        }
        for variant in [nil] + read(nil).variants.map(Optional.some) {
            let reading = read(variant)
            #expect(reading.problems.filter { $0.severity == .error } == [], "\(variant ?? "as it stands")")
            guard let plan = reading.plan else { continue }
            #expect(!Schedule.draw(plan, seed: 1).describe(plan).isEmpty)
        }
    }
}
