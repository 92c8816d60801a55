import Foundation

@testable import ChaosLinux

/// What a run has left behind: nothing, if all is well.
enum Leftovers {
    /// Undo records of the host's state directories.
    static func records(_ host: HostProcess) -> [String] {
        ["state", "durable"].flatMap { root in
            SmallFile.names(in: "\(host.state.path)/\(root)/runs").flatMap { run in
                SmallFile.names(in: "\(host.state.path)/\(root)/runs/\(run)").filter { $0.hasSuffix(".undo") }
            }
        }
    }

    /// Waits until no record is left.
    static func areGone(_ host: HostProcess, within seconds: Double = 5) -> Bool {
        let limit = Date().addingTimeInterval(seconds)
        while Date() < limit {
            if records(host).isEmpty { return true }
            usleep(5_000)
        }
        return false
    }
}

extension HostProcess {
    /// Waits until `status` says that the only fault held is effective.
    func becomesEffective(within seconds: Double = 5) throws -> Bool {
        let limit = Date().addingTimeInterval(seconds)
        while Date() < limit {
            if try ask(#""op":"status""#).held?.first?.effective == true { return true }
            usleep(20_000)
        }
        return false
    }
}
