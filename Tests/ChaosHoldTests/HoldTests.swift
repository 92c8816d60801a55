import ChaosFleet
import ChaosHold
import ChaosLinux
import Foundation
import Testing

@Suite(.enabled(if: Namespaces.areThere, Namespaces.reason))
struct HoldTests {
    @Test("two hosts come up with their addresses, disks, files and processes, and reach each other")
    func comesUp() throws {
        let secret = LaunchSpec.File(path: FleetLayout.credential(of: "web"), mode: 0o400, text: "s3cret")
        let fleet = try TestFleet(
            Specs.fleet([Specs.server("web", host: "h1"), Specs.sleeper(stage: 1)], files: [secret]))
        let status = try #require(fleet.started)
        #expect(status.isReady && status.holder == fleet.holder.pid && status.fleet == fleet.spec.fleet)
        #expect(status.processes.map(\.state) == ["running", "running"])
        #expect(FleetControl.running().contains(fleet.spec.fleet))
        for process in status.processes {
            let outer = try #require(process.outerPid)
            let numbers = try String(contentsOfFile: "/proc/\(outer)/status", encoding: .utf8)
                .split(separator: "\n").first { $0.hasPrefix("NSpid:") }
            #expect(numbers?.split(separator: "\t").last.flatMap { Int32($0) } == process.pid)
            #expect(try fleet.text(FleetLayout.pidFile(of: process.name)) == "\(process.pid ?? 0)\n")
        }

        #expect(try fleet.enter("h0", "ping", "-c", "1", "-W", "5", "10.77.0.2").code == 0)
        #expect(try fleet.enter("h0", "ping", "-c", "1", "-W", "5", FleetLayout.outside).code == 0)
        let fetch = "import urllib.request as u; print(u.urlopen('http://10.77.0.2:8080').status)"
        #expect(try fleet.enter(nil, "/usr/bin/python3", "-c", fetch).output == "200\n")

        let disk = try fleet.enter("h0", "df", "-B1", "--output=size,used", FleetLayout.disk(host: "h0")).output
        #expect(disk.split(whereSeparator: \.isWhitespace).suffix(2) == ["8388608", "3145728"])
        #expect(
            try fleet.enter("h0", "stat", "-c", "%a", FleetLayout.credentials, secret.path).output == "700\n400\n")
        #expect(try fleet.text(secret.path) == "s3cret")
        #expect(try fleet.text("/fleet/disk/h1/log/web.log").contains("GET / "))
        // Another process' environment, standard input and descriptors are what was said, and no more.
        let outer = try #require(status.processes[0].outerPid)
        let environment = try String(contentsOfFile: "/proc/\(outer)/environ", encoding: .utf8).split(separator: "\0")
        #expect(Set(environment.map { $0.split(separator: "=")[0] }) == ["PATH", "HOME", "LANG"])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(outer)/fd/0") == "/dev/null")
    }

    @Test("the processes of a stage start when those of the stage before are ready")
    func stages() throws {
        let late = """
            import socket, time; time.sleep(0.5); s = socket.socket(); s.bind(('10.77.0.1', 9000))
            open('/fleet/log/first', 'w').write('ready'); s.listen(); time.sleep(1000)
            """
        let fleet = try TestFleet(
            Specs.fleet([
                Specs.process("second", "h1", ["sh", "-c", "cat /fleet/log/first; sleep 1000"], stage: 2),
                Specs.process("first", "h0", ["/usr/bin/python3", "-c", late], stage: 1, port: 9000),
            ]))
        #expect(try eventually { try fleet.text("/fleet/disk/h1/log/second.log") == "ready" })
    }

    @Test("a killed process comes back after its delay, and its supervisor tells of it")
    func restarts() throws {
        let fleet = try TestFleet(Specs.fleet([Specs.server("web", host: "h0"), Specs.sleeper()]))
        let before = try #require(fleet.started?.processes[0].outerPid)
        let killed = FleetClock.now
        kill(before, SIGKILL)
        #expect(try eventually { try fleet.process("web").restarts == 1 })
        #expect(try eventually { try fleet.process("web").isReady })
        #expect(try fleet.process("web").outerPid != before)
        #expect(try fleet.restarts() == ["supervisor web waiting starting", "supervisor web starting running"])
        let lines = try fleet.text(FleetLayout.telemetry(of: "supervisor")).split(separator: "\n")
        let fields = try #require(lines.first).split(separator: "\t")
        #expect(fields[1...3] == ["mechanism", "restart", "change"])
        let start = try #require(Int64(fields[0]))
        #expect(start - killed >= fleet.spec.restart.delay)
        #expect(lines.allSatisfy { TelemetryLine($0) != nil })
    }

    @Test("a process that ends at once again and again is given up")
    func givesUp() throws {
        var spec = Specs.fleet([Specs.sleeper(), Specs.process("brief", "h0", ["true"], stage: 1)])
        spec.restart.delay = 10_000_000
        spec.restart.multiplier = 1
        let fleet = try TestFleet(spec)
        #expect(try eventually { try fleet.process("brief").state == "gave-up" })
        #expect(try fleet.process("brief").restarts == 4)
        #expect(try fleet.restarts().last == "supervisor brief waiting gave-up")
    }

    @Test("a held process stays down until its file goes, and then starts at once if it was due")
    func holds() throws {
        let fleet = try TestFleet(Specs.fleet([Specs.sleeper("one"), Specs.sleeper("two")]))
        let held = "\(FleetLayout.held)/one"
        #expect(try fleet.enter(nil, "touch", held).code == 0)
        for process in try #require(fleet.started?.processes) { kill(try #require(process.outerPid), SIGKILL) }
        #expect(try eventually { try fleet.process("two").state == "running" })
        // The other one's delay was the same; its time has come, and more than once.
        usleep(200_000)
        #expect(try fleet.process("one").state == "held")
        #expect(try fleet.enter(nil, "rm", held).code == 0)
        #expect(try eventually { try fleet.process("one").state == "running" })
        #expect(try fleet.process("one").restarts == 1)
    }

    @Test("what is held from the start is started for the first time when its file goes")
    func heldAtFirst() throws {
        let file = LaunchSpec.File(path: "\(FleetLayout.held)/one", text: "")
        let fleet = try TestFleet(Specs.fleet([Specs.sleeper("one"), Specs.sleeper("two")], files: [file]))
        #expect(fleet.started?.processes.map(\.state) == ["held", "running"])
        #expect(try fleet.enter(nil, "rm", file.path).code == 0)
        #expect(try eventually { try fleet.process("one").state == "running" })
        #expect(try fleet.process("one").restarts == 0)
    }

    @Test("an operator stops a process in order, or by force, and starts it with another environment")
    func stopsAndStarts() throws {
        let stubborn = "trap '' TERM; while :; do sleep 0.05; done"
        let fleet = try TestFleet(
            Specs.fleet([
                Specs.process(
                    "web", "h0", ["sh", "-c", "echo version $VERSION; exec sleep 1000"], environment: ["VERSION": "1"]),
                Specs.process("stubborn", "h0", ["sh", "-c", stubborn]),
            ]))
        for name in ["web", "stubborn"] {
            try fleet.control.stop(name)
            #expect(try fleet.process(name).state == "held")
            #expect(try fleet.process(name).pid == nil)
        }
        // Longer than its supervisor's delay.
        usleep(500_000)
        #expect(try fleet.process("web").state == "held")
        try fleet.control.start("web", environment: ["VERSION": "2"])
        #expect(try fleet.process("web").state == "running")
        #expect(try eventually { try fleet.text("/fleet/disk/h0/log/web.log") == "version 1\nversion 2\n" })
        #expect(throws: HostError(.busy, "web runs; stop it first")) { try fleet.control.start("web") }
        #expect(throws: HostError.self) { try fleet.control.stop("nobody") }
        #expect(try fleet.restarts() == ["supervisor web starting running"])
    }

    @Test("as many hosts as a large fleet has reach each other, all at the same time")
    func manyHosts() throws {
        var spec = Specs.fleet([])
        spec.hosts = (0..<77).map {
            LaunchSpec.Host(name: "h\($0)", address: "10.77.0.\($0 + 1)", disk: 1 << 20, diskUsed: 0)
        }
        spec.processes = spec.hosts.map { Specs.sleeper("on-\($0.name)", host: $0.name) }
        let began = FleetClock.now
        let fleet = try TestFleet(spec)
        print("77 hosts were ready after \((FleetClock.now - began) / 1_000_000) ms")
        #expect(fleet.started?.processes.allSatisfy { $0.state == "running" } == true)
        let sweep = "for i in $(seq 1 77); do ping -c1 -W5 10.77.0.$i >/dev/null || echo $i; done"
        #expect(try fleet.enter("h76", "sh", "-c", sweep).output == "")
        #expect(try fleet.enter(nil, "sh", "-c", sweep).output == "")
    }
}
