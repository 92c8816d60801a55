import ChaosFleet
import ChaosHold
import ChaosLinux
import Foundation
import Testing

@Suite(.enabled(if: Namespaces.areThere, Namespaces.reason))
struct RefusalTests {
    /// Code and the one line of error, of a fleet that must not come up.
    private func refused(_ spec: LaunchSpec, _ options: [String] = []) throws -> (code: Int32, error: String) {
        let fleet = try TestFleet(spec, isAwaited: false, options: options)
        #expect(Shell.line(fleet.holder.output) == nil)
        let end = fleet.ended()
        #expect(end.errors.filter { $0 == "\n" }.count == 1, "\(end.errors)")
        #expect(eventually { !FleetControl.running().contains(spec.fleet) })
        return (end.code, end.errors)
    }

    @Test("all programs that are missing are named in one message, before anything starts")
    func missingPrograms() throws {
        let refusal = try refused(
            Specs.fleet([
                Specs.sleeper(), Specs.process("a", "h0", ["no-such-program", "x"]),
                Specs.process("b", "h1", ["/no/such/other"]),
            ]))
        #expect(refusal.code == 69)
        #expect(refusal.error.contains("not there or not executable: /no/such/other, no-such-program; install them"))
    }

    @Test("a process that is never ready is named, with the end of its log", arguments: [false, true])
    func neverReady(isDetached: Bool) throws {
        let spec = Specs.fleet([
            Specs.sleeper("good"),
            Specs.process("deaf", "h1", ["sh", "-c", "echo first; echo no such port; exec sleep 1000"], port: 8080),
        ])
        let refusal = try refused(spec, ["--ready-within", "1"] + (isDetached ? ["--detach"] : []))
        #expect(refusal.code == 4)
        #expect(
            refusal.error == """
                gauntlet-host: not ready (waited for 1000 ms): deaf. deaf: no connection to 10.77.0.2:8080, its log ends: \
                first | no such port

                """)
    }

    @Test("a process that ends for good before it is ready fails the fleet at once")
    func endsBeforeReady() throws {
        let brief = ["sh", "-c", "echo cannot bind >&2; exit 3"]
        let refusal = try refused(Specs.fleet([Specs.process("brief", "h0", brief, port: 80, isSupervised: false)]))
        #expect(refusal.code == 4)
        #expect(refusal.error.contains("brief: no connection to 10.77.0.1:80, ended with exit code 3"))
        #expect(refusal.error.contains("its log ends: cannot bind"))
    }

    @Test("a name in use is refused, and the fleet that has it stays")
    func nameInUse() throws {
        let spec = Specs.fleet([Specs.sleeper()])
        let first = try TestFleet(spec)
        let second = try TestFleet(spec, isAwaited: false)
        #expect(Shell.line(second.holder.output) == nil)
        let end = second.ended()
        #expect(end.code == 4)
        #expect(end.errors.contains("the fleet `\(spec.fleet)` is up already"))
        #expect(try first.control.status().isReady)
    }

    @Test("everything that is wrong with a spec is said at once")
    func wrongSpec() throws {
        var spec = Specs.fleet(
            [Specs.sleeper(host: "h9"), Specs.process("a/b", "h0", [])],
            files: [LaunchSpec.File(path: "/etc/passwd", text: ""), LaunchSpec.File(path: "/fleet/../x", text: "")])
        spec.hosts[1].address = "10.77.0"
        spec.hosts[0].diskUsed = spec.hosts[0].disk + 1
        let refusal = try refused(spec)
        #expect(refusal.code == 4)
        for part in [
            "`h9`, which is no host", "`a/b`", "a/b without a command", "`/etc/passwd`", "`/fleet/../x`", "`10.77.0`",
            "disk of h0",
        ] {
            #expect(refusal.error.contains(part), "\(part)")
        }
    }

    @Test("what is no launch spec, or comes from a file, is refused")
    func noSpec() throws {
        let empty = try Shell.run([HostProgram.path, "hold"])
        #expect(empty.code == 4 && empty.errors.contains("no launch spec on standard input"))
        let torn = try Shell.run([HostProgram.path, "hold"], input: "{\"fleet\":1}\n")
        #expect(torn.code == 4 && torn.errors.contains("the launch spec is not what this version writes"))
    }

    @Test("where users may not have namespaces, the remedy is said")
    func noNamespaces() throws {
        let spec = Specs.fleet([Specs.sleeper()])
        let forbid = "echo 0 > /proc/sys/user/max_user_namespaces; exec \"$0\" hold --detach"
        let result = try Shell.run(["unshare", "-Ur", "sh", "-c", forbid, HostProgram.path], input: spec.json + "\n")
        #expect(result.code == 69)
        #expect(result.errors.contains("making a namespace for the fleet: No space left on device; raise the limits"))
    }

    @Test("what fails inside before anything has started is one message, and nothing is left")
    func failsInside() throws {
        let files = [LaunchSpec.File(path: "/fleet/x", text: ""), LaunchSpec.File(path: "/fleet/x/y", text: "")]
        let refusal = try refused(Specs.fleet([Specs.sleeper()], files: files))
        #expect(refusal.code == 4)
        #expect(refusal.error == "gauntlet-host: writing /fleet/x/y: Not a directory\n")
        let script = LaunchSpec.File(path: "/fleet/script", mode: 0o755, text: "#!/no/such/shell\n")
        var spec = Specs.fleet([Specs.process("script", "h0", [script.path])], files: [script])
        spec.restart.isOn = false
        let program = try refused(spec)
        #expect(program.code == 4)
        #expect(program.error.contains("executing script (/fleet/script): No such file or directory"))
    }
}
