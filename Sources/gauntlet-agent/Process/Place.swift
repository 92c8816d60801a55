package import ChaosFleet
package import ChaosHTTP
package import ChaosPlan
import FoundationEssentials

/// Where a process finds the others and its files: as `FleetLayout` says, or elsewhere, for a fleet without namespaces.
package struct Place: Sendable {
    package let fleet: Fleet
    package let layout: FleetLayout
    private let root: String
    private let endpoints: [String: Endpoint]

    /// `root` stands for `/fleet`; `endpoints`, by member name, override the layout's.
    package init(fleet: Fleet, root: String = FleetLayout.root, endpoints: [String: Endpoint] = [:]) {
        self.fleet = fleet
        self.root = root
        self.endpoints = endpoints
        layout = FleetLayout(fleet)
    }

    /// Reads the fleet file and, if there is one, a file of lines `NAME ADDRESS:PORT`.
    package init(fleetFile: String, root: String, endpointsFile: String?) throws(ProcessError) {
        let live: LiveFleet
        do { live = try LiveFleet.read(fleetFile) } catch { throw ProcessError(error.message) }
        self.init(
            fleet: live.fleet, root: root, endpoints: try endpointsFile.map(Self.endpoints(file:)) ?? [:])
    }

    private static func endpoints(file: String) throws(ProcessError) -> [String: Endpoint] {
        guard let text = try? String(contentsOf: URL(filePath: file), encoding: .utf8) else {
            throw ProcessError("\(file) cannot be read")
        }
        var endpoints: [String: Endpoint] = [:]
        for line in text.split(separator: "\n") where !line.allSatisfy(\.isWhitespace) {
            let words = line.split(separator: " ")
            guard words.count == 2, let endpoint = Endpoint(words[1]) else {
                throw ProcessError("\(file): “\(line)” is not NAME ADDRESS:PORT")
            }
            endpoints[String(words[0])] = endpoint
        }
        return endpoints
    }

    package func endpoint(of member: Member) -> Endpoint {
        endpoints[fleet.name(of: member)]
            ?? Endpoint(address: layout.address(of: member), port: layout.port(of: member))
    }

    /// A path of `FleetLayout`, under this place's root.
    package func path(_ path: String) -> String {
        guard root != FleetLayout.root, path.hasPrefix(FleetLayout.root) else { return path }
        return root + path.dropFirst(FleetLayout.root.count)
    }

    package var runFile: String { path(FleetLayout.runFile) }
    package func telemetry(of name: String) -> String { path(FleetLayout.telemetry(of: name)) }
    package func credential(of name: String) -> String { path(FleetLayout.credential(of: name)) }
    package func log(of member: Member) -> String { path(layout.log(of: member)) }
    package func data(of member: Member) -> String { path(layout.data(of: member)) }
    package func disk(of member: Member) -> String {
        path(FleetLayout.disk(host: fleet.hosts[fleet.host(of: member)].name))
    }
}

/// Why a process of the fleet cannot start.
package struct ProcessError: Error, Hashable, Sendable {
    package var message: String

    package init(_ message: String) { self.message = message }
}
