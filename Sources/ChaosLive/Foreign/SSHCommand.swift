package import ChaosPlan

/// How an executor on another machine is started: by ssh, which always checks that machine's key, asks nobody anything, and
/// ends when its input ends.
package enum SSHCommand {
    /// The words of the command that is started here. No secret is among them: keys are named by their files.
    /// - Parameter state: options of the executor.
    package static func words(_ remote: LiveSettings.Remote, ssh: String = "ssh", state: [String] = []) -> [String] {
        var options = [
            "BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "ConnectTimeout=10",
            // A connection of its own, that dies when the network does.
            "ControlMaster=no", "ControlPath=none", "ServerAliveInterval=1", "ServerAliveCountMax=5",
            // Nothing else than the executor's own lines goes through it.
            "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no", "PermitLocalCommand=no", "RequestTTY=no",
            "EscapeChar=none", "LogLevel=ERROR",
        ]
        if let port = remote.port { options.append("Port=\(port)") }
        if let file = remote.identity { options += ["IdentityFile=\(value(file))", "IdentitiesOnly=yes"] }
        if let file = remote.knownHosts {
            options += ["UserKnownHostsFile=\(value(file))", "GlobalKnownHostsFile=/dev/null"]
        }
        return [ssh, "-T"] + options.flatMap { ["-o", $0] } + ["--", remote.destination, there(remote, state)]
    }

    /// What the shell of that machine is given.
    private static func there(_ remote: LiveSettings.Remote, _ state: [String]) -> String {
        let command = ([remote.program, "serve"] + state).map { quoted($0) }.joined(separator: " ")
        // sudo drops the variable by which the executor knows the flow that no fault may cut.
        return remote.isRoot
            ? "exec sudo -n -- \(command) --ssh-connection \"$SSH_CONNECTION\"" : "exec \(command)"
    }

    private static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }

    /// As ssh's configuration writes a path.
    private static func value(_ path: String) -> String {
        "\"" + path.replacing("%", with: "%%").replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// Why no executor answers at the far end, in one sentence, and what would help.
    /// - Parameters:
    ///   - code: with which ssh ended; nil if it runs still.
    ///   - errors: all that ssh and the far end wrote to its standard error.
    package static func failure(
        host: String, _ remote: LiveSettings.Remote, code: Int32?, errors: String
    ) -> LiveError {
        let lines = errors.split(whereSeparator: \.isNewline).map { String($0) }
        let last = lines.last.map { String($0.prefix(200)) } ?? ""
        let place = "\(host) (ssh \(remote.destination)\(remote.port.map { ", port \($0)" } ?? ""))"
        let file = remote.knownHosts ?? "the file of known hosts"
        func has(_ text: String) -> Bool { errors.contains(text) }
        if has("REMOTE HOST IDENTIFICATION HAS CHANGED") || has("host key for") && has("has changed") {
            return LiveError(
                "\(place): its host key is another than \(file) has; if the machine was set up anew, replace its line there, else somebody is in between"
            )
        }
        if has("Host key verification failed") {
            return LiveError(
                "\(place): its host key is not in \(file); compare its fingerprint, then add what `ssh-keyscan` says",
                isMissing: true)
        }
        if has("Permission denied (") {
            let key = remote.identity.map { "the key \($0)" } ?? "any key of this user"
            return LiveError("\(place): its sshd does not take \(key): \(last)", isMissing: true)
        }
        if has("sudo:"), has("password") || has("not allowed") || has("terminal is required") {
            return LiveError(
                "\(place): sudo does not run \(remote.program) without a password there; allow it by NOPASSWD: \(last)",
                isMissing: true)
        }
        if code == 127 || code == 126 || has("command not found") {
            return LiveError(
                "\(place): there is no \(remote.program) to run there; copy gauntlet-host to it, or say where it is: `live.hosts.\(host).gauntlet-host`",
                isMissing: true)
        }
        let why = last.isEmpty ? "" : ": \(last)"
        guard let code else { return LiveError("\(place): the executor there does not answer\(why)") }
        return LiveError(
            code == 255 ? "\(place): no connection\(why)" : "\(place): its executor ended with \(code)\(why)")
    }
}
