import Foundation
import Testing

@testable import ChaosLinux

/// What a run has left behind: nothing, if all is well.
enum Leftovers {
    /// Undo records of the host's state directories.
    static func records(_ host: HostProcess) -> [String] {
        let directories = StateDirectories(
            volatile: host.state.path + "/state", durable: host.state.path + "/durable")
        let (records, unreadable) = UndoLog.records(in: directories, run: nil)
        return records.map(\.path) + unreadable
    }

    /// Waits until no record and no worker of the executor is left.
    static func areGone(_ host: HostProcess, within seconds: Double = 5) throws -> Bool {
        let limit = Date().addingTimeInterval(seconds)
        while Date() < limit {
            if records(host).isEmpty, try Shell.run(["pgrep", "-P", "\(host.process.processIdentifier)"]).code != 0 {
                return true
            }
            usleep(5_000)
        }
        return false
    }
}
