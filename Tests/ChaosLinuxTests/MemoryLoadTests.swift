import ChaosLinux
import Foundation
import Testing

@Suite struct MemoryFiguresTests {
    @Test func theFloorIsTheGreaterOfTwo() throws {
        let small = try #require(HostMemory("MemTotal:  2097152 kB\nMemFree: 1 kB\nMemAvailable:  1048576 kB\n"))
        #expect(small == HostMemory(total: 2 << 30, available: 1 << 30))
        #expect(small.floor == 256 << 20)
        #expect(small.takeable == 768 << 20)
        #expect(HostMemory(total: 100 << 30, available: 1 << 30).floor == 5 << 30)
        #expect(HostMemory(total: 100 << 30, available: 1 << 30).takeable == 0)
        #expect(HostMemory("MemTotal: 1 kB") == nil)
    }

    @Test func bytesAreReadable() {
        #expect(ByteText.of(512) == "512 B")
        #expect(ByteText.of(1_536) == "1.5 KiB")
        #expect(ByteText.of(64 << 20) == "64.0 MiB")
    }

    @Test func whatTheKernelGivesBackAtOnceIsNotCountedAsWork() {
        #expect(CgroupMemory.cache("anon 5\nfile 100\nshmem 30\n", isNew: true) == 70)
        #expect(CgroupMemory.cache("cache 1\ntotal_cache 100\ntotal_shmem 40\n", isNew: false) == 60)
    }

    @Test func theOomSwitchOfVersionOneIsRead() {
        #expect(MemoryLimit.oomKillDisabled("oom_kill_disable 1\nunder_oom 0\noom_kill 0"))
        #expect(!MemoryLimit.oomKillDisabled("oom_kill_disable 0\nunder_oom 0\noom_kill 0"))
    }
}

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized)
struct MemoryLoadHostTests {
    private static let hasCgroup = TestCgroup.mount(of: "memory") != nil

    private func limit(_ group: TestCgroup) -> String { group.version == 2 ? "memory.max" : "memory.limit_in_bytes" }

    private func usage(_ group: TestCgroup) throws -> Int64 {
        try CgroupMemory(TargetCgroup(directory: group.directory, version: group.version)).working
    }

    @Test(arguments: ["revert", "kill", "input"]) func aWorkerHoldsSoMuchAndDiesFirst(_ end: String) throws {
        let host = try HostProcess(lease: "10s")
        let reply = try host.inject(#""id":"m","kind":"memory","effect":"stall","amount":"64MiB""#)
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(try host.becomesEffective())
        let pid = try #require(host.children("occupy").first)
        let resident = try SmallFile.read("/proc/\(pid)/statm").split(separator: " ")[1]
        #expect((Int64(resident) ?? 0) * 4_096 >= 64 << 20)
        #expect(try SmallFile.read("/proc/\(pid)/oom_score_adj") == "1000\n")
        try host.end("m", by: end)
        #expect(eventually { isGone(pid) })
        #expect(host.owesNothing())
    }

    @Test(arguments: ["revert", "kill"]) func aTargetIsPutFirstInLineAndBack(_ end: String) throws {
        let target = try TestProcess(["sleep", "60"])
        let before = try SmallFile.read("/proc/\(target.pid)/oom_score_adj")
        let host = try HostProcess(lease: "10s")
        let reply = try host.inject(
            #""id":"m","kind":"memory","effect":"stall","amount":"8MiB","victim":"target","processes":{"pid":\#(target.pid)}"#
        )
        #expect(reply.ok == true, "\(String(describing: reply.error))")
        #expect(try SmallFile.read("/proc/\(target.pid)/oom_score_adj") == "1000\n")
        if end == "kill" { host.crash() } else { try host.revert("m") }
        #expect(host.owesNothing())
        #expect(try SmallFile.read("/proc/\(target.pid)/oom_score_adj") == before)
    }

    @Test func anotherProcessOfTheSameNumberIsNotTouched() throws {
        let target = try TestProcess(["sleep", "60"])
        var other = try #require(ProcessIdentity.of(target.pid))
        other.start += 1
        #expect(OomScore.pay(other, was: 77) == .nothingThere)
        let it = try #require(ProcessIdentity.of(target.pid))
        #expect(OomScore.pay(it, was: 77) == .paid)
        #expect(OomScore.pay(it, was: 77) == .nothingThere)
        #expect(try OomScore.read(it) == 77)
    }

    @Test(.enabled(if: hasCgroup)) func aFullCgroupKillsTheTarget() throws {
        let group = try TestCgroup("memory")
        try group.write("\(96 << 20)", to: limit(group))
        let target = try TestProcess(["sleep", "60"])
        try group.add(target.pid)
        let host = try HostProcess(lease: "10s")
        let reply = try host.inject(
            #""id":"m","kind":"memory","effect":"kill","fill-to":"120%","victim":"target","cgroup":"\#(group.directory)""#
        )
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(eventually { isGone(target.pid) })
        #expect(try host.becomesEffective())
        #expect(try host.revert("m").clean == true)
        #expect(group.processes.allSatisfy { isGone($0) })
    }

    @Test(.enabled(if: hasCgroup)) func aFilledCgroupIsAsBeforeAfterwards() throws {
        let group = try TestCgroup("memory")
        try group.write("\(96 << 20)", to: limit(group))
        let target = try TestProcess(["sleep", "60"])
        try group.add(target.pid)
        let host = try HostProcess(lease: "30s")
        let reply = try host.inject(
            #""id":"m","kind":"memory","effect":"stall","fill-to":"80%","processes":{"pid":\#(target.pid)},"cgroup":"\#(group.directory)""#
        )
        #expect(reply.error?.message.contains("exclude") == true)
        #expect(
            try host.inject(
                #""id":"m","kind":"memory","effect":"stall","fill-to":"80%","cgroup":"\#(group.directory)""#
            ).ok == true)
        #expect(try eventually(within: 20) { try usage(group) > 70 << 20 })
        host.crash()
        #expect(try eventually { try usage(group) < 30 << 20 })
        #expect(!isGone(target.pid))
        #expect(host.owesNothing())
    }

    @Test(.enabled(if: hasCgroup), arguments: ["revert", "kill", "input"])
    func aLimitStallsWhoNeedsMoreUntilItIsBack(_ end: String) throws {
        let group = try TestCgroup("memory")
        let was = try group.read(limit(group))
        // Takes 2 MiB at each step and says so.
        let target = try TestProcess(
            [
                "/usr/bin/env", "python3", "-u", "-c",
                """
                import time
                held = []
                for i in range(2000):
                    held.append(b'x' * (2 << 20) if len(held) < 48 else b'')
                    print(i)
                    time.sleep(0.002 if i > 4 else 0.2)
                time.sleep(60)
                """,
            ], isHeard: true)
        try group.add(target.pid)
        _ = try target.line()
        let host = try HostProcess(lease: "20s")
        let reply = try host.inject(
            #""id":"m","kind":"memory","effect":"stall","limit":"40MiB","cgroup":"\#(group.directory)""#)
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(reply.effective == true && reply.mechanism == "limit")
        // It stops where the memory ends, alive.
        var last = ""
        while let line = target.nextLine(within: 1_000) { last = line }
        #expect((Int(last) ?? 0) < 40, "\(last)")
        #expect(!isGone(target.pid))
        try host.end("m", by: end)
        #expect(try eventually { try group.read(limit(group)) == was })
        for _ in 0..<20 { _ = try target.line() }
        #expect(host.owesNothing())
        if group.version == 1 { #expect(try !MemoryLimit.oomKillDisabled(group.read("memory.oom_control"))) }
    }

    @Test func eachBadRequestIsOneClearErrorAndChangesNothing() throws {
        let host = try HostProcess()
        let target = try TestProcess(["sleep", "60"])
        let score = try SmallFile.read("/proc/\(target.pid)/oom_score_adj")
        for (keys, word) in [
            (#""effect":"stall""#, "exactly one of"),
            (#""effect":"stall","amount":"8MiB","limit":"8MiB""#, "exactly one of"),
            (#""effect":"kill","amount":"8MiB""#, "last memory"),
            (#""effect":"stall","amount":"100TiB""#, "can spare"),
            (#""effect":"stall","fill-to":"100%""#, "can spare"),
            (#""effect":"stall","fill-to":"1%""#, "in use already"),
            (#""effect":"stall","limit":"64MiB""#, "needs targets"),
            (#""effect":"stall","amount":"8MiB","victim":"target""#, "needs targets"),
            (#""effect":"stall","amount":"8MiB","victim":"target","processes":{"pid":1}"#, "pid 1"),
            (#""effect":"stall","amount":"8MiB","processes":{"pid":4194303}"#, "no process"),
            (#""effect":"stall","amount":"8MiB","cgroup":"/nonexistent""#, "no cgroup"),
            (#""effect":"stall","amount":"8MiB","mechanism":"limit""#, "does not go with"),
        ] {
            try expectRefusal(host, #""id":"m","kind":"memory",\#(keys)"#, nil, word)
        }
        #expect(host.records == [])
        #expect(host.children("occupy").first == nil)
        #expect(try SmallFile.read("/proc/\(target.pid)/oom_score_adj") == score)
    }

    @Test(.enabled(if: hasCgroup)) func whatWouldKillIsNotTakenForAStallNorTheOtherWayRound() throws {
        let group = try TestCgroup("memory")
        let target = try TestProcess(["sleep", "60"])
        try group.add(target.pid)
        let host = try HostProcess()
        let here = #""id":"m","kind":"memory","cgroup":"\#(group.directory)""#
        #expect(
            try host.inject(here + #","effect":"stall","amount":"8MiB""#).error?.message.contains("no memory limit")
                == true)
        try group.write("\(64 << 20)", to: limit(group))
        for (keys, word) in [
            (#""effect":"kill","amount":"8MiB""#, "kill nobody"),
            (#""effect":"stall","amount":"128MiB""#, "more kill in"),
            (#""effect":"kill","limit":"96MiB""#, "already"),
        ] {
            try expectRefusal(host, here + "," + keys, nil, word)
        }
        #expect(host.records == [])
    }
}
