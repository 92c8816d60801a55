import ChaosLinux
import Foundation
import Testing

@Suite struct SelectorTests {
    @Test func listeningSocketsAreFoundByTheirPort() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 40001 1 0000 100 0 0 10 0
               1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 40002 1 0000 20 4 30 10 -1
               2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 40003 1 0000 100 0 0 10 0
            """
        #expect(ListeningPorts.inodes(on: 8080, in: table, state: "0A") == [40001])
        #expect(ListeningPorts.inodes(on: 22, in: table, state: "0A") == [40003])
        #expect(ListeningPorts.inodes(on: 443, in: table, state: "0A") == [])
    }

    @Test func addressesOfVersion6HaveTheirPortBehindTheLastColon() {
        let table = """
              sl  local_address remote_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
               0: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 77 2 0000 0
            """
        #expect(ListeningPorts.inodes(on: 53, in: table, state: "07") == [77])
    }

    @Test func argumentsEndWithZeroBytesUnlessTheProcessHasRewrittenThem() {
        #expect(ProcessTable.arguments(in: "sleep\09\0") == ["sleep", "9"])
        #expect(ProcessTable.arguments(in: "sh\0-c\0\0") == ["sh", "-c", ""])
        #expect(ProcessTable.arguments(in: "nginx: worker process") == ["nginx: worker process"])
        #expect(ProcessTable.arguments(in: "") == [])
    }

    @Test func theStateStandsBehindACommandThatMayContainParentheses() {
        let rest = " 7 12 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0"
        let status = ProcessStatus("12 (a) R (b)) T" + rest)
        #expect(status?.state == "T" && status?.command == "a) R (b)")
        #expect(status?.parent == 7 && status?.session == 9 && status?.start == 4_711)
        #expect(ProcessStatus("12 (sleep) S 1") == nil)
    }

    @Test func aGlobFitsTheWholeCommandLineAndARegexAnyPartOfIt() throws {
        let line = ["/usr/bin/redis-server", "--port", "6379"]
        #expect(CommandPattern.glob("*redis-server*").fits(line))
        #expect(CommandPattern.glob("/usr/bin/redis-server --port 63??").fits(line))
        #expect(!CommandPattern.glob("redis-server*").fits(line))
        #expect(try CommandPattern(regex: "port 6379$").fits(line))
        #expect(try CommandPattern(regex: "redis-(server|sentinel)").fits(line))
        #expect(try !CommandPattern(regex: "^redis").fits(line))
        #expect(throws: HostError.self) { try CommandPattern(regex: "(") }
    }

    @Test func aStartedCommandIsKnownByItsArgumentsBehindWhateverRunsIt() {
        let command = StartCommand(arguments: ["./server.sh", "--port", "80"], directory: "/srv", listening: nil)
        #expect(command.fits(["./server.sh", "--port", "80"]))
        #expect(command.fits(["/bin/sh", "./server.sh", "--port", "80"]))
        #expect(command.fits(["/srv/server.sh", "--port", "80"]))
        #expect(!command.fits(["./server.sh", "--port", "8080"]))
        #expect(!command.fits(["--port", "80"]))
        #expect(!command.fits(["./other.sh", "--port", "80"]))
    }

    @Test(arguments: [
        "/docker/4f2a9c1b7d3e", "/system.slice/docker-4f2a9c1b7d3e5566.scope",
        "/kubepods.slice/kubepods-pod1.slice/cri-containerd-4f2a9c1b7d3e.scope",
    ])
    func aContainerIsKnownByItsIdInTheCgroupPath(path: String) {
        #expect(ProcessSelector.path(path, isOf: "4f2a9c1b7d3e"))
        #expect(!ProcessSelector.path(path, isOf: "a9c1b7d3e556"))
    }

    @Test func theInnermostServiceOfACgroupPathIsTheUnitThatKeepsIt() {
        #expect(SystemdUnit.of(path: "/system.slice/nats.service") == "nats.service")
        #expect(
            SystemdUnit.of(path: "/user.slice/user-0.slice/user@0.service/app.slice/web.service/x") == "web.service")
        #expect(SystemdUnit.of(path: "/user.slice/user-0.slice/session-3.scope") == nil)
        #expect(SystemdUnit.of(path: "/") == nil)
    }

    @Test func cgroupHierarchiesAreReadFromTheMounts() {
        let text = """
            30 23 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
            31 30 0:27 / /sys/fs/cgroup/freezer rw,nosuid - cgroup cgroup rw,freezer
            32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:7 - cgroup cgroup rw,cpu,cpuacct
            33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate
            34 30 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
            """
        let all = Cgroup.hierarchies(in: text)
        #expect(all.map(\.path).map { $0.dropFirst(15) } == ["freezer", "cpu,cpuacct", "unified", "systemd"])
        #expect(all.map(\.isUnified) == [false, false, true, false])
        #expect(all.map(\.controllers) == [["freezer"], ["cpu", "cpuacct"], [], ["name=systemd"]])
        #expect(all[1].serves("cpuacct") && !all[1].serves("memory") && all[2].serves("memory"))
        let own = "9:name=systemd:/a\n6:freezer:/b/c\n1:cpu,cpuacct:/\n0::/d\n"
        #expect(
            all.map { Cgroup.directory(in: own, $0) } == [
                "/sys/fs/cgroup/freezer/b/c", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/unified/d",
                "/sys/fs/cgroup/systemd/a",
            ])
    }

    @Test func aPartialMountShowsOnlyCgroupsBelowItsRoot() throws {
        let part = try #require(Cgroup.hierarchies(in: "33 30 0:29 /docker/x /cg rw - cgroup2 cgroup2 rw").first)
        #expect(Cgroup.directory(in: "0::/docker/x/y\n", part) == "/cg/y")
        #expect(Cgroup.directory(in: "0::/docker/x\n", part) == "/cg")
        #expect(Cgroup.directory(in: "0::/docker/xz\n", part) == nil)
    }
}
