import ChaosLinux
import ChaosPlan
import Foundation
import Testing

/// Tables of ours in a real kernel, made by this process on a host of the test's own.
@Suite(
    .enabled(if: Privilege.isThere, Privilege.reason),
    .enabled(if: NftSupport.current.missing == nil, "needs nftables in this kernel"), .serialized)
struct NftHolderTests {
    private let fabric: TestFabric
    private var a: TestHost { fabric.hosts[0] }
    private var b: TestHost { fabric.hosts[1] }

    init() throws { fabric = try TestFabric() }

    private static let dead = ProcessIdentity(pid: 1, start: 1, boot: "another boot")

    @Test func payingFindsNothingWhereThereIsNothing() throws {
        #expect(try a.inside { NftTable.pay(family: "inet", name: "gauntlet-x", owner: .current) } == .nothingThere)
    }

    @Test func aTableIsOwedWhileItsOwnerLivesAndDeletedAfterwards() throws {
        try a.run("nft", "add", "table", "inet", "gauntlet-x")
        try a.run("nft", "add", "table", "inet", "gauntlet-xy")
        let living = try a.inside { NftTable.pay(family: "inet", name: "gauntlet-x", owner: .current) }
        guard case .owed(let why) = living else { throw HostError(.failed, "paid while its owner lives") }
        #expect(why.contains("alive"))
        let dead = Self.dead
        #expect(try a.inside { NftTable.pay(family: "inet", name: "gauntlet-x", owner: dead) } == .paid)
        #expect(try a.inside { NftTable.pay(family: "inet", name: "gauntlet-x", owner: dead) } == .nothingThere)
        #expect(try a.run("nft", "list", "tables").output == "table inet gauntlet-xy\n")
    }

    @Test func lossTakesItsShareOfThePacketsAndTheLeaseEndsIt() throws {
        // The keys of a match are the same for every network fault.
        let line =
            #"{"op":"inject","id":1,"fault":{"id":"f","kind":"partition","direction":"in","peers":["\#(b.address)"]}}"#
        guard case .inject(_, let parameters, _) = try HostRequest.read(line) else { return }
        let directory = try TemporaryDirectory()
        let directories = StateDirectories(volatile: directory.path, durable: directory.path)
        let here = try a.udp(port: 4_001)
        let there = try b.udp()
        let address = a.address
        let said = try a.inside { () -> [String] in
            do throws(HostError) {
                let host = HostContext(
                    run: "r", directories: directories, protection: Protection(), control: [],
                    deadline: BootTime.now + 60_000_000_000)
                let fault = try NftLoss.make(
                    FaultRequest(id: "f", kind: .loss, parameters: parameters, host: host),
                    match: TrafficMatch(parameters, exempt: []), share: Share(partsPerMillion: 300_000))
                try fault.inject(
                    undo: UndoRecorder(log: UndoLog(directories: directories, run: "r"), fault: "f", kind: .loss))
                let before = try fault.readBack()
                _ = there.send(2_000, to: address, port: 4_001)
                let after = try fault.readBack()
                try fault.extend(until: BootTime.now - 1_000_000_000)
                usleep(50_000)
                let late = try fault.readBack()
                // What has run out can be held again.
                try fault.extend(until: BootTime.now + 60_000_000_000)
                let again = try fault.readBack()
                try fault.revert()
                return [before, after, late, again].map { "\($0.isEffective) \($0.text)" } + (try fault.residue())
            } catch {
                return [error.text]
            }
        }
        try #require(said.count == 4, "\(said)")
        #expect(said[0] == "true table inet gauntlet-r-f: lose at input, 1 peers, 30 %, 0 packets hit")
        let hit = try #require(said[1].firstMatch(of: #/(\d+) packets hit/#).flatMap { Int($0.1) })
        // 600 of 2,000, give or take 20.
        #expect((480...720).contains(hit))
        #expect(said[2].hasPrefix("false "))
        #expect(said[2].hasSuffix("the lease ran out"))
        #expect(said[3].hasPrefix("true "))
        _ = here
    }
}
