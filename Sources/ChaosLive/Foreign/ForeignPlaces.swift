package import ChaosFleet
package import ChaosPlan

/// Where the members and hosts of a fleet are that is not made of our programs: in the namespaces that we make, on this host,
/// or behind ssh.
package struct ForeignPlaces {
    private let layout: FleetLayout
    private let isAttached: Bool

    package init(_ layout: FleetLayout) {
        self.layout = layout
        isAttached = layout.fleet.live?.isAttached ?? false
    }

    private var fleet: Fleet { layout.fleet }
    private static let loopback = "127.0.0.1"

    /// `10.77.0.2:6379`.
    package func endpoint(_ address: LiveSettings.Client.Address) -> String {
        switch address {
        case .member(let name):
            guard let member = member(name) else {
                preconditionFailure("a client of nobody; the fleet reader refuses it")
            }
            guard isAttached else { return layout.endpoint(of: member) }
            let address = attachedAddress(fleet.host(of: member))
            if case .port(let port)? = fleet.live?.attachment(of: name)?.key { return "\(address):\(port)" }
            return "\(address):\(layout.port(of: member))"
        case .place(let host, let port): return "\(self.address(host) ?? host):\(port)"
        }
    }

    /// The member that answers there, or the address itself where that is nobody's.
    package func name(_ address: LiveSettings.Client.Address) -> String {
        if case .member(let name) = address { return name }
        let endpoint = endpoint(address)
        let member = fleet.members.first { member in
            fleet.hasProcess(member) && self.endpoint(.member(fleet.name(of: member))) == endpoint
        }
        return member.map { fleet.name(of: $0) } ?? endpoint
    }

    /// With every placeholder filled in.
    package func fill(_ text: String) -> String {
        Placeholder.fill(text) { placeholder in
            switch placeholder {
            case .address(let name): address(name)
            case .port(let name): member(name).map { "\(layout.port(of: $0))" }
            case .disk(let name): host(name).map { FleetLayout.disk(host: fleet.hosts[$0].name) }
            }
        }
    }

    private func address(_ name: String) -> String? {
        host(name).map { isAttached ? attachedAddress($0) : layout.address(host: $0) }
    }

    /// As the fleet file says; what runs here is reached by loopback.
    private func attachedAddress(_ host: Int) -> String {
        fleet.live?.address(of: fleet.hosts[host].name) ?? Self.loopback
    }

    /// A host by its own name, or by a member's.
    private func host(_ name: String) -> Int? {
        fleet.hosts.firstIndex { $0.name == name } ?? member(name).map { fleet.host(of: $0) }
    }

    private func member(_ name: String) -> Member? { fleet.members.first { fleet.name(of: $0) == name } }
}
