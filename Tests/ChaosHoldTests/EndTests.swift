import ChaosFleet
import ChaosHold
import ChaosLinux
import Foundation
import Testing

@Suite(.enabled(if: Namespaces.areThere, Namespaces.reason))
struct EndTests {
    static let needsOthers: Comment = "needs root (to become another user) and a gauntlet-host that all may execute"

    private func fleet(as prefix: [String] = [], options: [String] = []) throws -> TestFleet {
        // One that would not go by itself, and a grandchild in a session of its own.
        let stubborn = "trap '' TERM HUP INT; setsid sleep 1000 & while :; do sleep 0.2; done"
        return try TestFleet(
            Specs.fleet([
                Specs.server("web", host: "h0"), Specs.process("stubborn", "h1", ["sh", "-c", stubborn]),
                Specs.sleeper("outside", host: nil),
            ]), as: prefix, options: options)
    }

    @Test(
        "nothing is left, whatever ends the fleet",
        arguments: ["input", "SIGTERM", "SIGINT", "down", "holder", "initial"])
    func ends(by way: String) throws {
        let fleet = try fleet()
        let traces = Traces(of: fleet)
        #expect(traces.count == 8 && !traces.left().isEmpty)
        switch way {
        case "input": fleet.closeInput()
        case "SIGTERM": kill(fleet.holder.pid, SIGTERM)
        case "SIGINT": kill(fleet.holder.pid, SIGINT)
        case "down":
            try fleet.control.down()
            #expect(!FleetControl.running().contains(fleet.spec.fleet))
        case "holder": kill(fleet.holder.pid, SIGKILL)
        default: kill(fleet.initial, SIGKILL)
        }
        let end = fleet.ended()
        let time = try #require(traces.vanish(), "left: \(traces.left())")
        print("ended by \(way): all gone after \(time) ms")
        switch way {
        case "holder": #expect(end.code == -SIGKILL)
        case "initial":
            #expect(end.code == 4)
            #expect(end.errors.contains("is gone: its first process was ended from outside"))
        default:
            #expect(end.code == 0)
            #expect(end.errors == "")
        }
    }

    @Test(
        "a holder that is killed while it brings the fleet up leaves nothing",
        arguments: [0, 3, 10, 20, 40, 60, 100, 150])
    func killedEarly(milliseconds: UInt32) throws {
        let mark = Specs.name()
        // The environment marks the holder and its first process, the command line the fleet's processes.
        let fleet = try TestFleet(
            Specs.fleet([Specs.process("marked", "h0", ["sh", "-c", "sleep 1000; : \(mark)"])]),
            as: ["env", "MARK=\(mark)"], isAwaited: false)
        usleep(milliseconds * 1000)
        kill(fleet.holder.pid, SIGKILL)
        #expect(fleet.ended().code == -SIGKILL)
        #expect(eventually(within: 5) { Processes.marked(mark).isEmpty })
        #expect(!FleetControl.running().contains(fleet.spec.fleet))
    }

    @Test("a detached fleet whose caller is killed before it is ready is ended again")
    func abandoned() throws {
        let mark = Specs.name()
        let fleet = try TestFleet(
            Specs.fleet([Specs.process("deaf", "h0", ["sh", "-c", "sleep 1000; : \(mark)"], port: 80)]),
            as: ["env", "MARK=\(mark)"], isAwaited: false, options: ["--detach"])
        let other = FleetControl(fleet: fleet.spec.fleet)
        #expect(eventually { (try? other.status())?.processes[0].state == "starting" })
        #expect(Processes.marked(mark).count >= 4)
        kill(fleet.holder.pid, SIGKILL)
        #expect(eventually(within: 5) { Processes.marked(mark).isEmpty })
        #expect(!FleetControl.running().contains(fleet.spec.fleet))
    }

    @Test("a detached fleet outlives who started it, and ends by its control")
    func detached() throws {
        let spec = Specs.fleet([Specs.sleeper()])
        let result = try Shell.run([HostProgram.path, "hold", "--detach"], input: spec.json + "\n")
        #expect(result.code == 0 && result.errors == "")
        let status = try FleetStatus.read(json: result.output)
        let control = FleetControl(fleet: spec.fleet)
        #expect(try control.status().holder == status.holder)
        #expect(FleetControl.running().contains(spec.fleet))
        try control.down()
        #expect(eventually { !Processes.isAlive(status.holder) && !Processes.isAlive(status.initial) })
        #expect(throws: HostError.self) { try control.status() }
    }

    @Test("an ordinary user holds, enters and ends a fleet too", .enabled(if: Namespaces.ordinary != nil, needsOthers))
    func ordinaryUser() throws {
        let prefix = try #require(Namespaces.ordinary)
        let fleet = try fleet(as: prefix)
        let traces = Traces(of: fleet)
        #expect(traces.count == 8)
        #expect(try fleet.enter("h1", "ping", "-c", "1", "-W", "5", "10.77.0.1").code == 0)
        #expect(try fleet.enter("h1", "id", "-u").output == "0\n")
        var status = stat()
        #expect(stat("/proc/\(fleet.initial)", &status) == 0 && status.st_uid == 65_534)
        // Root may enter and end it as well.
        let root = try Shell.run(
            [HostProgram.path, "enter", "--fleet", fleet.spec.fleet, "--user", "65534", "--", "touch", "/fleet/log/x"])
        #expect(root.code == 0, "\(root.errors)")
        try fleet.control.down()
        #expect(fleet.ended().code == 0)
        let time = try #require(traces.vanish(), "left: \(traces.left())")
        print("an ordinary user's fleet: all gone after \(time) ms")
    }

    @Test("another user may not talk to a fleet", .enabled(if: Namespaces.ordinary != nil, needsOthers))
    func foreign() throws {
        let prefix = try #require(Namespaces.ordinary)
        let fleet = try TestFleet(Specs.fleet([Specs.sleeper()]))
        let result = try Shell.run(
            prefix + [HostProgram.path, "enter", "--fleet", fleet.spec.fleet, "--user", "0", "--", "true"])
        #expect(result.code == 69)
        #expect(result.errors.contains("does not talk to this user"))
        #expect(try fleet.control.status().isReady)
    }
}
