#if LIVE_WORLD
    import ChaosFleet

    extension FleetCommand {
        /// One line a process, and how many are ready.
        static func table(_ status: FleetStatus) -> String {
            let width = status.processes.map(\.name.count).max() ?? 0
            let lines = status.processes.map { process in
                let name = process.name.padding(to: width)
                let pid = process.outerPid.map { "\($0)" } ?? "-"
                let restarts = process.restarts > 0 ? "  \(process.restarts) restarts" : ""
                return
                    "\(name)  \((process.host ?? "outside").padding(to: 10))  \(pid.padding(to: 8))  \(process.state)\(restarts)"
            }
            let ready = status.processes.count(where: \.isReady)
            return (lines + ["\(status.fleet): \(ready) of \(status.processes.count) processes ready"]).joined(
                separator: "\n")
        }
    }

    extension String {
        fileprivate func padding(to width: Int) -> String {
            self + String(repeating: " ", count: max(0, width - count))
        }
    }
#endif
