import ChaosLinux
import Foundation
import Testing

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized) struct ProcessHostDownTests {
    private struct World {
        let fabric: TestFabric
        var servers: [TestProcess] = []
        var fault = ""
        var down: TestHost { fabric.hosts[0] }
        var peer: TestHost { fabric.hosts[1] }

        /// Who listens on the host that is to go down.
        var owners: [Int32] {
            let output = (try? down.run("ss", "-Hltnp").output) ?? ""
            return output.split(separator: "pid=").dropFirst().compactMap { Int32($0.prefix { $0.isNumber }) }
        }

        func end() {
            servers.forEach { $0.end() }
            for pid in owners { kill(pid, SIGKILL) }
        }
    }

    /// Two servers on the first host, and the fault that takes it down.
    private func world() throws -> World {
        var world = World(fabric: try TestFabric())
        var starts: [String] = []
        for port in [7101, 7102] {
            let command = TestServer.command(port: port)
            world.servers.append(try TestProcess(["ip", "netns", "exec", world.down.name] + command))
            let list = String(decoding: try JSONEncoder().encode(command), as: UTF8.self)
            starts.append(#"{"command":\#(list),"listening":\#(port)}"#)
        }
        try #require(eventually { world.owners.count == 2 })
        try #require(try world.peer.reaches(world.down))
        world.fault =
            #""id":"d1","kind":"host-down","processes":[{"port":7101},{"port":7102}],"start":[\#(starts.joined(separator: ","))],"network":{"peers":["\#(world.peer.address)"]}"#
        return world
    }

    @Test func aHostThatIsDownHasNoProcessesAndNoTraffic() throws {
        let world = try world()
        defer { world.end() }
        let (down, peer) = (world.down, world.peer)
        let before = try down.fingerprint()
        let first = world.owners
        let host = try HostProcess(in: down, lease: "10s")
        let reply = try host.inject(world.fault)
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(reply.effective == true)
        #expect(reply.mechanism == "pidfd+nftables")
        #expect(world.owners == [])
        #expect(try !peer.reaches(down))
        #expect(try host.revert("d1").clean == true)
        #expect(eventually { world.owners.count == 2 })
        #expect(Set(world.owners).isDisjoint(with: first))
        #expect(try peer.reaches(down))
        let after = try down.fingerprint()
        #expect(after == before, "\(after.split(separator: "\n").filter { !before.contains($0) })")
        #expect(host.records == [])
    }

    @Test func aHostComesBackWhenItsExecutorDies() throws {
        let world = try world()
        defer { world.end() }
        let (down, peer) = (world.down, world.peer)
        let before = try down.fingerprint()
        let host = try HostProcess(in: down, lease: "10s")
        #expect(try host.inject(world.fault).ok == true)
        host.crash()
        #expect(eventually { world.owners.count == 2 && host.records.isEmpty })
        #expect(try peer.reaches(down))
        let after = try down.fingerprint()
        #expect(after == before, "\(after.split(separator: "\n").filter { !before.contains($0) })")
    }

    @Test func thePowerOfALivingHostCannotBeCut() throws {
        let world = try world()
        defer { world.end() }
        let host = try HostProcess(in: world.down)
        try expectRefusal(host, world.fault + #","power":true"#, "unsupported", "page cache")
        try expectRefusal(
            host, world.fault.replacingOccurrences(of: world.peer.address, with: "nowhere"), "malformed", "nowhere")
        #expect(world.owners.count == 2)
    }
}
