import ChaosFleet
import ChaosNATS
import ChaosPlan
import ChaosResilience
import NIOCore

extension Draw.Purpose {
    fileprivate static let reconnect = Draw.Purpose("reconnect")
}

/// Coming and going of connections. The library's own reconnecting is not used: after each loss the choice of server, the wait and
/// what is sent again are the fleet's policy, as in the simulator.
extension Publisher {
    func connect() {
        reconnecting = nil
        if credential == nil { credential = Credential.read(credentialPath) }
        connection += 1
        let number = connection
        // A server that is cut off from its leader helps nobody, though it may be the nearest.
        let order = places.filter { $0 != avoided } + places.filter { $0 == avoided }
        let options = NATSOptions(
            servers: order.map(\.address), name: name, user: credential?.user ?? "",
            password: credential?.password ?? "")
        link.connect(options) { [self] event in
            switch event {
            case .disconnected, .closed: loop.execute { self.lost(number) }
            case .connected, .reconnected: break
            }
        } then: { [self] result in
            loop.execute { self.connected(number, result) }
        }
    }

    private func connected(_ number: UInt64, _ result: Result<String, NATSFailure>) {
        guard number == connection else { return }
        switch result {
        case .success(let address):
            server = places.first { $0.address == address } ?? places.first
            lastError = nil
            if number > 1 { totals.reconnects += 1 }
            send()
        case .failure(let failure):
            lastError = failure.text
            armReconnect()
        }
    }

    /// The library says that a connection is gone.
    private func lost(_ number: UInt64) {
        guard number == connection, !isStopped || flushed != nil else { return }
        disconnect()
    }

    /// The connection is gone or given up: everything unacknowledged goes back and will be sent again, in order.
    func disconnect() {
        if !isBuffered {
            // Nothing is sent again: what had no answer will never have one.
            for counter in sent.sorted() { tell(.indeterminate(counter)) }
        }
        server = nil
        connection += 1
        sent = []
        link.close()
        buffer.rewind()
        deadline?.cancel()
        deadline = nil
        if isStopped { return end() }
        if !buffer.isEmpty { noteBuffering() }
        armReconnect()
    }

    private func armReconnect() {
        guard reconnecting == nil, !isStopped else { return }
        let jitter = Draw(seed: 0, purpose: .reconnect, entity: Draw.hash(name))
            .uniform(UInt64(bitPattern: FleetClock.now), below: 100 * .millisecond)
        reconnecting = loop.scheduleTask(in: .nanoseconds(fleet.broker.reconnectWait + jitter)) { self.connect() }
    }

    // MARK: Credentials

    func reloadCredential() {
        guard let read = Credential.read(credentialPath), read != credential else { return }
        let isFirst = credential == nil
        credential = read
        guard !isFirst else { return }
        credentialVersion += 1
        telemetry.write(
            .mechanism(
                MechanismEvent(
                    mechanism: .credentialReload, role: .change, by: name, about: "",
                    from: "v\(credentialVersion - 1)", to: "v\(credentialVersion)")))
        // A credential is shown when a connection is made: to show the new one, the connection is made anew.
        if server != nil { disconnect() }
    }

    // MARK: The buffer's states

    func noteBuffering() {
        guard !isBuffering else { return }
        isBuffering = true
        note(from: "idle", to: "buffering")
    }

    func noteDrained() {
        isBuffering = false
        note(from: "draining", to: "idle")
    }

    private func note(from: String, to: String) {
        telemetry.write(
            .mechanism(
                MechanismEvent(
                    mechanism: .buffer, role: .change, by: name, about: (server ?? places.first)?.name ?? "",
                    from: from, to: to)))
    }
}
