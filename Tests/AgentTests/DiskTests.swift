import ChaosFleet
import ChaosPlan
import Foundation
import Glibc
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root, to mount a small disk"))
struct DiskTests {
    /// Of 1 MiB; Asker is the first agent of its host, who tells of the disk.
    private func start(disabled: [Mechanism]) async throws -> LocalFleet {
        let fleet = try await LocalFleet(disabled: disabled)
        try fleet.begin("Asker", diskSize: "1m")
        try await fleet.until("it answers") { try await fleet.get("Asker", "/healthz").status == 200 }
        return fleet
    }

    private func fill(_ fleet: LocalFleet, to bytes: Int) throws {
        let file = fleet.path("/fleet/disk/east/fill", seenBy: "Asker")
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let zeros = [UInt8](repeating: 0, count: bytes)
        _ = zeros.withUnsafeBytes { write(descriptor, $0.baseAddress, bytes) }
    }

    private func levels(_ fleet: LocalFleet) -> [DiskLevel] {
        fleet.told("Asker").compactMap { if case .disk("east", _, let level) = $0 { level } else { nil } }
    }

    private func rotated(_ fleet: LocalFleet) -> Int {
        let files = try? FileManager.default.contentsOfDirectory(
            atPath: fleet.path("/fleet/disk/east/log", seenBy: "Asker"))
        return (files ?? []).filter { $0.hasPrefix("Asker.log.") }.count
    }

    @Test("A filling disk is told of by levels; in an emergency the rotated logs go and logging rests until it is over")
    func levels() async throws {
        let fleet = try await start(disabled: [])
        for _ in 0..<20 { #expect(try await fleet.get("Asker", "/work?for=Asker").status == 200) }
        #expect(rotated(fleet) > 0)
        try fill(fleet, to: 860 << 10)
        try await fleet.until("it warns") { levels(fleet) == [.warn] }
        try fill(fleet, to: 985 << 10)
        try await fleet.until("it is an emergency") { levels(fleet).last == .emergency }
        #expect(rotated(fleet) == 0)
        let before = try await fleet.state("Asker")["logBytes"] as? Int
        for _ in 0..<5 { #expect(try await fleet.get("Asker", "/work?for=Asker").status == 200) }
        #expect(try await fleet.state("Asker")["logBytes"] as? Int == before)
        try fill(fleet, to: 0)
        try await fleet.until("it is over") { levels(fleet).last == .normal }
        for _ in 0..<2 { #expect(try await fleet.get("Asker", "/work?for=Asker").status == 200) }
        #expect(try await fleet.state("Asker")["logBytes"] as? Int != before)
        #expect(
            fleet.told(
                "Asker", .logRotation,
                inOrder: ["detect east about east: normal > warn", "detect east about east: warn > emergency"]))
        #expect(fleet.mechanisms("Asker", .logRotation).last == "restore east about east: emergency > normal")
    }

    @Test("A full disk fails who writes a log that never rotates, and nobody else", arguments: [true, false])
    func full(isRotating: Bool) async throws {
        let fleet = try await start(disabled: isRotating ? [] : [.logRotation])
        try fill(fleet, to: 2 << 20)
        try await fleet.until("it is full") { levels(fleet).last == .full }
        #expect(try await fleet.get("Asker", "/work?for=Asker").status == (isRotating ? 200 : 500))
        try fill(fleet, to: 0)
        try await fleet.until("it serves again") { try await fleet.get("Asker", "/work?for=Asker").status == 200 }
    }
}
