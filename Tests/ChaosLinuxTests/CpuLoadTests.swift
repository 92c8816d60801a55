import CLinuxShims
import ChaosLinux
import Foundation
import Testing

@Suite struct CpuFiguresTests {
    @Test func aQuotaIsReadAndReduced() throws {
        let free = try #require(CpuQuota.Bandwidth(version2: "max 100000"))
        #expect(free.reduced(to: .taken(750_000), processors: 4) == .init(quota: 100_000, period: 100_000))
        #expect(free.reduced(to: .left(200_000), processors: 4) == .init(quota: 20_000, period: 100_000))
        let held = try #require(CpuQuota.Bandwidth(version2: "50000 100000"))
        #expect(held.reduced(to: .taken(500_000), processors: 4) == .init(quota: 25_000, period: 100_000))
        #expect(held.partsPerMillion(processors: 4) == 500_000)
        #expect(CpuQuota.Bandwidth(version2: "much 100000") == nil)
        #expect(CpuQuota.Bandwidth(version2: "max") == nil)
    }

    @Test func theKernelTakesNoLessThanAMillisecond() throws {
        let free = try #require(CpuQuota.Bandwidth(version2: "max 100000"))
        #expect(free.reduced(to: .taken(1_000_000), processors: 2).quota == 1_000)
    }

    @Test func busyTimesAreReadPerProcessor() {
        let stat = """
            cpu  1 2 3 4 5 6 7 8 9 10
            cpu0 100 0 50 800 50 5 5 10 100 0
            cpu1 0 0 0 1000 0 0 0 0 0 0
            intr 1 2 3
            """
        #expect(
            CpuLoad.Ticks.parse(stat) == [0: .init(busy: 170, all: 1_020), 1: .init(busy: 0, all: 1_000)])
    }

    @Test func pressureAndThrottlingAreReadWhereThereAreAny() {
        #expect(Pressure.some(in: "some avg10=1.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00") == "1.50 %")
        #expect(Pressure.some(in: "") == nil)
        #expect(CpuQuota.throttled("nr_periods 3\nnr_throttled 2\nthrottled_usec 1") == 2)
    }
}

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized)
struct CpuLoadHostTests {
    /// Processor time that a process gets in a while, as a share of one processor.
    private func share(of pid: Int32, for milliseconds: UInt32 = 400) -> Double {
        let (begin, used) = (BootTime.now, host_processor_time(pid))
        usleep(milliseconds * 1_000)
        return Double(host_processor_time(pid) - used) / Double(BootTime.now - begin)
    }

    @Test(
        "By duty-cycle a busy target gets the rest of the time, and runs on whatever ends the fault",
        arguments: ["revert", "kill", "input"])
    func dutyCycle(way: String) throws {
        let host = try HostProcess(lease: "10s")
        let target = try TestProcess(["sh", "-c", "while :; do :; done"])
        let reply = try host.inject(
            #""id":"c","kind":"cpu","mechanism":"duty-cycle","load":"80%","processes":{"pid":\#(target.pid)}"#)
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(reply.effective == true && reply.mechanism == "duty-cycle")
        // At most the fifth that is left to it, and half as much again for a late signal.
        #expect(share(of: target.pid, for: 1_000) < 0.35)
        try host.end("c", by: way)
        #expect(host.owesNothing())
        #expect(eventually { share(of: target.pid, for: 200) > 0.35 }, "it does not run on")
        #expect(ProcessStatus.of(target.pid)?.state != "T")
    }

    @Test func aDutyCycleWithoutTargetsIsRefused() throws {
        let host = try HostProcess()
        let reply = try host.inject(#""id":"c","kind":"cpu","mechanism":"duty-cycle","load":"80%""#)
        #expect(reply.ok == false && reply.error?.message.contains("needs `load` and `processes`") == true)
        #expect(host.records == [])
    }

    @Test func aNeighbourOnTheSameProcessorGetsLess() throws {
        let processor = try #require(CpuLoad.processors()?.first)
        let host = try HostProcess(lease: "10s")
        let neighbour = try TestProcess(["taskset", "-c", "\(processor)", "sh", "-c", "while :; do :; done"])
        let reply = try host.inject(#""id":"c","kind":"cpu","load":"100%","cores":1,"nice":-10"#)
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(try host.becomesEffective())
        #expect(reply.targets == ["processor \(processor)"])
        let workers = host.children("spin")
        #expect(workers.count == 1)
        let worker = try #require(workers.first)
        #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), UInt32(worker)) == -10)
        #expect(try SmallFile.read("/proc/\(worker)/oom_score_adj") == "0\n")
        // Whoever else runs on this machine takes from both alike.
        let (ours, its) = (host_processor_time(worker), host_processor_time(neighbour.pid))
        let limit = Date().addingTimeInterval(5)
        while Date() < limit, host_processor_time(worker) - ours < 300_000_000 { usleep(20_000) }
        let (took, left) = (host_processor_time(worker) - ours, host_processor_time(neighbour.pid) - its)
        #expect(took > left * 2, "worker \(took) ns, neighbour \(left) ns")
        #expect(try host.revert("c").clean == true)
        #expect(ProcessStatus.of(worker) == nil)
    }

    @Test func aShareIsKept() throws {
        let host = try HostProcess(lease: "10s")
        let reply = try host.inject(#""id":"c","kind":"cpu","load":"30%","cores":1,"nice":-20"#)
        #expect(reply.ok == true, "\(reply)")
        let worker = try #require(host.children("spin").first)
        let used = share(of: worker, for: 600)
        #expect(used > 0.05 && used < 0.4, "\(used)")
        #expect(try host.becomesEffective())
    }

    @Test(arguments: ["kill", "input", "lease", "hang"]) func theWorkersDieWithTheExecutor(_ end: String) throws {
        let host = try HostProcess(lease: ["lease", "hang"].contains(end) ? "1500ms" : "5s")
        #expect(try host.inject(#""id":"c","kind":"cpu","load":"20%""#).ok == true)
        let workers = host.children("spin")
        #expect(workers.count == CpuLoad.processors()?.count)
        switch end {
        case "kill": host.crash()
        case "input": host.closeInput()
        case "hang": kill(host.process.processIdentifier, SIGSTOP)
        default: break
        }
        #expect(eventually { workers.allSatisfy(isGone) })
        #expect(host.owesNothing())
    }

    @Test func aWorkerThatDiesEndsTheFaultAndIsReported() throws {
        let host = try HostProcess(lease: "10s")
        #expect(try host.inject(#""id":"c","kind":"cpu","load":"20%","cores":1"#).ok == true)
        kill(try #require(host.children("spin").first), SIGKILL)
        #expect(try host.event("ended").fault == "c")
        #expect(try host.ask(#""op":"status""#).held?.first?.effective == false)
        #expect(try host.revert("c").clean == true)
    }

    @Test(.enabled(if: TestCgroup.mount(of: "cpu") != nil), arguments: ["revert", "kill", "input"])
    func aQuotaSlowsItsCgroupAndIsSetBack(_ end: String) throws {
        let group = try TestCgroup("cpu")
        let file = group.version == 2 ? "cpu.max" : "cpu.cfs_quota_us"
        let was = try group.read(file)
        let target = try TestProcess(["sh", "-c", "while :; do :; done"])
        try group.add(target.pid)
        let before = share(of: target.pid)
        let host = try HostProcess(lease: "10s")
        let reply = try host.inject(#""id":"q","kind":"cpu","quota":"5%","cgroup":"\#(group.directory)""#)
        try #require(reply.ok == true, "\(String(describing: reply.error))")
        #expect(reply.effective == true && reply.mechanism == "quota")
        #expect(reply.targets == ["process \(target.pid)"])
        let during = share(of: target.pid, for: 600)
        #expect(during < 0.12, "\(before) → \(during)")
        try host.end("q", by: end)
        #expect(host.owesNothing())
        #expect(try group.read(file) == was)
        // Only where this machine leaves it more than the quota did.
        if before > 0.2 { #expect(share(of: target.pid) > 0.07) }
    }

    @Test(.enabled(if: TestCgroup.mount(of: "cpu") != nil)) func processesNameTheirCgroup() throws {
        let group = try TestCgroup("cpu")
        let (one, other) = (try TestProcess(["sleep", "60"]), try TestProcess(["sleep", "60"]))
        try group.add(one.pid)
        try group.add(other.pid)
        let host = try HostProcess()
        let both = #""id":"q","kind":"cpu","load":"90%","processes":{"cgroup":"\#(group.directory)"}"#
        let landed = try host.inject(both)
        #expect(landed.effective == true && landed.targets?.count == 2, "\(landed)")
        #expect(try host.revert("q").clean == true)
        let reply = try host.inject(#""id":"q","kind":"cpu","load":"90%","processes":{"pid":\#(one.pid)}"#)
        #expect(reply.error?.code == "protected")
        #expect(reply.error?.message.contains("process \(other.pid) too") == true)
    }

    @Test func eachBadRequestIsOneClearErrorAndChangesNothing() throws {
        let host = try HostProcess()
        let mount = TestCgroup.mount(of: "cpu")?.path ?? "/sys/fs/cgroup"
        let target = try TestProcess(["sleep", "60"])
        for (keys, word) in [
            (#""nice":3"#, "exactly one of"),
            (#""load":"50%","quota":"50%""#, "exactly one of"),
            (#""quota":"50%""#, "needs targets"),
            (#""load":"50%","cores":1000"#, "this host has"),
            (#""load":"50%","mechanism":"quota""#, "does not go with"),
            (#""load":"50%","mechanism":"magic""#, "no mechanism"),
            (#""load":"50%","cgroup":"/nonexistent-group""#, "no cgroup"),
            (#""load":"50%","cgroup":"\#(mount)/""#, "holds every process"),
            (#""load":"50%","processes":{"pid":1}"#, "pid 1"),
            (#""load":"50%","processes":{"pid":\#(host.process.processIdentifier)}"#, "this executor"),
            (#""load":"50%","processes":{"pid":\#(target.pid)}"#, "holds every process"),
            (#""load":"50%","processes":{"pid":1},"cgroup":"/x""#, "exclude"),
        ] {
            try expectRefusal(host, #""id":"c","kind":"cpu",\#(keys)"#, nil, word)
        }
        #expect(host.records == [])
        #expect(host.children("spin") == [])
    }

    @Test(.enabled(if: TestCgroup.mount(of: "cpu") != nil)) func aCgroupWithAProtectedProcessIsLeftAlone() throws {
        let group = try TestCgroup("cpu")
        let host = try HostProcess()
        try group.add(host.process.processIdentifier)
        let reply = try host.inject(#""id":"q","kind":"cpu","load":"50%","cgroup":"\#(group.directory)""#)
        #expect(reply.error?.code == "protected", "\(reply)")
        host.closeInput()
        #expect(try host.ended() == 0)
    }
}
