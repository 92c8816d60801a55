import ChaosLinux
import ChaosLive
import Foundation
import Testing

@Suite struct HostWatchTests {
    @Test("a process' name cannot be mistaken for its numbers")
    func status() throws {
        let line = "812 (a ) R 1 2 (3) S 1 812 812 0 -1 4194560 2029 0 5 0 130 21 0 0 20 0 4 0 6274 12345678 3456 18446"
        let status = try #require(NamespaceLoad.Status(Array(line.utf8)))
        #expect(status.ticks == 151 && status.start == 6274 && status.pages == 3456)
        #expect(NamespaceLoad.Status(Array("812 (cut) S 1 812".utf8)) == nil)
        #expect(NamespaceLoad.Status([]) == nil)
    }

    @Test("what processes of a namespace work between two looks is counted, and nobody else's")
    func look() throws {
        var load = NamespaceLoad(proc: "/proc", namespaces: ["/proc/self/ns/net", "/proc/self/ns/nobody"])
        let first = load.look()
        #expect(first.map(\.ticks) == [0, 0])
        #expect(first[0].memory > 1 << 20 && first[1].memory == 0)
        // Until the kernel has counted three ticks for this very process.
        var worked: Int64 = 0
        var sum = 0.0
        let limit = Date().addingTimeInterval(60)
        while worked < 3, Date() < limit {
            for number in 0..<2_000_000 { sum += Double(number).squareRoot() }
            worked += load.look()[0].ticks
        }
        #expect(worked >= 3 && sum > 0)
    }

    @Test("how busy a machine is reads from what its kernel says")
    func machine() throws {
        let memory = "MemTotal:        8000 kB\nMemFree:  100 kB\nMemAvailable:    6000 kB\n"
        let one = try #require(
            MachineLoad(stat: "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2\n", memory: memory))
        #expect(one.memory == 2000 * 1024 && one.memoryTotal == 8000 * 1024)
        #expect(one.busyTicks == 150 && one.totalTicks == 1000)
        let two = try #require(
            MachineLoad(stat: "cpu  160 0 60 820 50 0 0 10 0 0\n", memory: memory))
        #expect(two.cpuPpm(since: one) == 800_000)
        #expect(one.cpuPpm(since: one) == nil)
        #expect(MachineLoad(stat: "intr 1", memory: memory) == nil)
        let here = try #require(MachineLoad(disk: "/"))
        #expect(here.memory > 0 && here.memory < here.memoryTotal)
    }
}
