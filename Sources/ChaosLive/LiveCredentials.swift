import ChaosFleet
import ChaosPlan
import ChaosRun
import Glibc

/// Credentials of the broker, changed under load: servers by their configuration and SIGHUP, agents by their files.
extension LiveWorld {
    /// Rotated: servers take both for the grace, then only the new one. Expired: they take a new one that nobody has.
    func changeCredential(_ instance: Int, rotate: Bool) throws(LiveError) -> Injection {
        guard let broker = session.launch?.broker else {
            throw LiveError(
                "the credentials of a fleet that was up before are not known here; let the run bring it up",
                isMissing: true)
        }
        let entry = schedule.instances[instance]
        let setup = broker.setup
        let old = credentials ?? broker.secrets
        credentialVersion += 1
        let new = BrokerSetup.Secrets.agents(version: credentialVersion, random: Secret.systemRandom)
        let rotation: BrokerSetup.Rotation
        do throws(FleetFileError) { rotation = try setup.rotation(from: old, to: new) } catch {
            throw LiveError(error.message)
        }
        let began = now
        if rotate {
            try write(rotation.grace)
            try reloadBrokers()
            try write(rotation.credentials)
            credentials = rotation.secrets
            later.append(
                (
                    now + plan.fleet.policies.credentials.grace,
                    { [weak self] in
                        guard let self else { return }
                        do throws(LiveError) {
                            try self.write(rotation.final)
                            try self.reloadBrokers()
                        } catch {
                            self.tell("the old credential is still accepted: \(error.message)")
                        }
                    }
                ))
        } else {
            try write(rotation.final)
            try reloadBrokers()
            expired[instance] = old
        }
        let members = plan.fleet.broker.servers.indices.map { Member.broker($0) }
        return Injection(
            fault: ActiveFault(instance: instance),
            evidence: FaultEvidence(
                text:
                    "\(members.count) brokers told by SIGHUP to \(rotate ? "take the new credential too" : "refuse the agents' credential")",
                targets: targetNames(entry, members), subjects: [], effective: true, at: began))
    }

    /// The agents' credential is good again.
    func restoreCredential(_ instance: Int) throws(LiveError) -> String {
        guard let secrets = expired.removeValue(forKey: instance), let setup = session.launch?.broker?.setup else {
            return "nothing was held in force"
        }
        let files: [LaunchSpec.File]
        do throws(FleetFileError) { files = try setup.configurations(secrets, accepting: [secrets.agents]) } catch {
            throw LiveError(error.message)
        }
        try write(files)
        try reloadBrokers()
        return "brokers take the agents' credential again"
    }

    private func write(_ files: [LaunchSpec.File]) throws(LiveError) {
        for file in files { try session.write(file.text, to: file.path, mode: file.mode) }
    }

    private func reloadBrokers() throws(LiveError) {
        let status = try session.status()
        for server in plan.fleet.broker.servers {
            guard let pid = status.processes.first(where: { $0.name == server.name })?.outerPid else { continue }
            guard kill(pid, SIGHUP) == 0 else {
                throw LiveError("\(server.name) could not be told to reload: \(String(cString: strerror(errno)))")
            }
        }
    }
}
