import ChaosFleet
import ChaosHold
import Foundation
import Testing

@Suite(.enabled(if: Namespaces.areThere, Namespaces.reason))
struct EnterTests {
    @Test("a program inside has the caller's standard streams, its host's address, and gives its exit code")
    func enters() throws {
        let fleet = try TestFleet(Specs.fleet([Specs.sleeper()]))
        let echoed = try fleet.enter("h1", "sh", "-c", "cat; echo bad >&2; exit 7", input: "hello")
        #expect(echoed.code == 7)
        #expect(echoed.output == "hello")
        #expect(echoed.errors == "bad\n")
        #expect(try fleet.enter("h1", "ip", "-4", "-br", "addr").output.contains("10.77.0.2/16"))
        #expect(try fleet.enter(nil, "ip", "-4", "-br", "addr").output.contains("\(FleetLayout.outside)/16"))
        #expect(try fleet.enter(nil, "sh", "-c", "pwd; kill -9 $$").code == 128 + 9)
        // The fleet's processes and no others.
        let processes = try fleet.enter("h0", "sh", "-c", "echo /proc/[0-9]*; ls /proc/self/fd | wc -l").output
        #expect(processes.hasPrefix("/proc/1 /proc/2 "))
        #expect(processes.split(separator: "\n").last == "4", "0, 1, 2 and the directory itself")
    }

    @Test("what cannot be entered or executed is one message")
    func refuses() throws {
        let fleet = try TestFleet(Specs.fleet([Specs.sleeper()]))
        let host = try fleet.enter("h7", "true")
        #expect(host.code == 4 && host.errors == "gauntlet-host: no host `h7`; there are h0, h1, outside\n")
        let program = try fleet.enter("h0", "/no/such/program")
        #expect(program.code == 69 && program.errors.contains("executing /no/such/program: No such file or directory"))
        let other = try Shell.run([HostProgram.path, "enter", "--fleet", "no-such-fleet", "true"])
        #expect(other.code == 69 && other.errors.contains("no fleet `no-such-fleet` is up"))
    }

    @Test("SIGTERM is passed on, and a program inside ends with the one that entered it")
    func signals() throws {
        let fleet = try TestFleet(Specs.fleet([Specs.sleeper()]))
        let command = [HostProgram.path, "enter", "--fleet", fleet.spec.fleet, "--", "sh", "-c"]
        let told = try Shell.start(command + ["trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done"])
        #expect(Shell.line(told.output) == "up")
        kill(told.pid, SIGTERM)
        #expect(Shell.wait(told.pid) == 9)

        let killed = try Shell.start(command + ["echo up; exec sleep 1000"])
        #expect(Shell.line(killed.output) == "up")
        kill(killed.pid, SIGKILL)
        #expect(Shell.wait(killed.pid) == -SIGKILL)
        // Its output ends when nobody is left to write it.
        #expect(Shell.line(killed.output, within: 5) == nil)
        #expect(
            try eventually {
                try fleet.enter(nil, "sh", "-c", "cat /proc/[0-9]*/comm").output.filter { $0 == "\n" }.count == 4
            })
        for started in [told, killed] { for end in [started.input, started.output, started.errors] { close(end) } }
    }
}
