import ChaosLinux
import ChaosPlan
import Foundation
import Testing

@Suite struct DoctorTests {
    private let nowhere = StateDirectories(volatile: "/tmp/gauntlet-doctor/run", durable: "/tmp/gauntlet-doctor/lib")

    @Test func everyFaultKindHasAMechanismOrSaysWhatIsMissingAndHowToGetIt() {
        let report = Doctor.examine(nowhere)
        #expect(report.faults.map(\.kind) == FaultKind.allCases.map(\.rawValue))
        for fault in report.faults {
            #expect(!fault.mechanisms.isEmpty, "\(fault.kind)")
            for mechanism in fault.mechanisms where !mechanism.isPresent {
                #expect(!mechanism.remedy.isEmpty, "\(fault.kind): \(mechanism.mechanism)")
            }
        }
    }

    @Test func lookingChangesNothing() {
        _ = Doctor.examine(nowhere)
        #expect(!FileManager.default.fileExists(atPath: "/tmp/gauntlet-doctor"))
    }

    @Test func aDebtIsShownUntilItIsPaid() throws {
        let directory = try TemporaryDirectory()
        let directories = StateDirectories(volatile: directory.path + "/run", durable: directory.path + "/lib")
        let session = directory.path + "/run/runs/night@4000000"
        try FileManager.default.createDirectory(atPath: session, withIntermediateDirectories: true)
        // Of an executor that is long gone: a process of another boot was paused.
        let record = """
            {"executor":{"boot":"another","pid":4000000,"start":1},"fault":"f","format":1,"kind":"pause","namespace":{"cookie":1,"inode":1},"run":"night"}
            {"resume":{"_0":{"boot":"another","pid":4000001,"start":1}}}

            """
        try record.write(toFile: session + "/f.undo", atomically: false, encoding: .utf8)
        #expect(Doctor.examine(directories).debts.count == 1)
        #expect(Doctor.examine(directories).text.contains("DEBT: night: pause"))
        #expect(Recovery.recover(in: directories).paid.count == 1)
        #expect(Doctor.examine(directories).debts.isEmpty)
        #expect(Recovery.recover(in: directories) == Recovery.Outcome())
    }
}
