import ChaosFleet
import ChaosPlan
import Foundation
import Testing

@Suite struct LogTests {
    private func files(_ fleet: LocalFleet) -> [String] {
        let directory = fleet.path("/fleet/disk/west/log")
        return ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    /// Eight requests fill a file.
    private func serve(_ fleet: LocalFleet, _ count: Int) async throws {
        for _ in 0..<count { #expect(try await fleet.get("Understudy", "/work?for=Understudy").status == 200) }
    }

    @Test("A full log is rotated and compressed, and no more are kept than the policy says")
    func rotation() async throws {
        let fleet = try await LocalFleet()
        try await fleet.start("Understudy")
        try await serve(fleet, 43)
        try await fleet.until("the two youngest are left, compressed") {
            files(fleet) == ["Understudy.log", "Understudy.log.4.gz", "Understudy.log.5.gz"]
        }
        let active = try Data(contentsOf: URL(fileURLWithPath: fleet.path("/fleet/disk/west/log/Understudy.log")))
        #expect(active.count == 3 * 1024)
        #expect(active.split(separator: 10).allSatisfy { $0.count == 1023 })
        let packed = try Data(contentsOf: URL(fileURLWithPath: fleet.path("/fleet/disk/west/log/Understudy.log.5.gz")))
        #expect(packed.starts(with: [0x1F, 0x8B]) && packed.count < 8 * 1024)
        try await fleet.until("it is told") { !fleet.mechanisms("Understudy", .logRotation).isEmpty }
        #expect(
            fleet.mechanisms("Understudy", .logRotation).first?.hasPrefix("change west about : full file > rotated")
                == true)

        // A start that finds them goes on from there.
        fleet.kill("Understudy")
        try await fleet.start("Understudy")
        try await serve(fleet, 5)
        try await fleet.until("the next one is rotated") {
            files(fleet) == ["Understudy.log", "Understudy.log.5.gz", "Understudy.log.6.gz"]
        }
    }

    @Test("Without rotation one file grows")
    func disabled() async throws {
        let fleet = try await LocalFleet(disabled: [.logRotation])
        try await fleet.start("Understudy")
        try await serve(fleet, 20)
        #expect(files(fleet) == ["Understudy.log"])
        let active = try Data(contentsOf: URL(fileURLWithPath: fleet.path("/fleet/disk/west/log/Understudy.log")))
        #expect(active.count == 20 * 1024)
    }
}
