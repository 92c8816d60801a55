import ChaosLinux
import Foundation
import Testing

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized)
struct LeaseTests {
    private let fabric: TestFabric

    init() throws { fabric = try TestFabric() }

    private var cut: String { #""kind":"partition","peers":["\#(fabric.hosts[1].address)"]"# }

    @Test func aSecondFaultHoldsTheFirstOneForItsLeaseToo() throws {
        let host = try HostProcess(in: fabric.hosts[0], lease: "4s")
        #expect(try host.inject(#""id":"first",\#(cut)"#).ok == true)
        usleep(2_500_000)
        #expect(try host.inject(#""id":"second","kind":"loss","share":"1%","peers":["10.77.0.9"]"#).ok == true)
        usleep(2_500_000)
        // Five seconds after the first began, and less than a lease after the second.
        #expect(try host.ask(#""op":"status""#).held?.map(\.effective) == [true, true])
    }

    @Test func withoutRenewalAllIsTakenBackAndSaidSo() throws {
        let before = try fabric.hosts[0].fingerprint()
        let host = try HostProcess(in: fabric.hosts[0], lease: "300ms")
        #expect(try host.inject(#""id":"f",\#(cut)"#).ok == true)
        let expired = try host.event("expired")
        #expect(expired.fault == "f")
        #expect(expired.clean == true)
        #expect(try fabric.hosts[0].fingerprint() == before)
        #expect(try host.inject(#""id":"g",\#(cut)"#).error?.message.contains("lease ran out") == true)
    }

    @Test func haltEndsARunAndSaysWhich() throws {
        let before = try fabric.hosts[0].fingerprint()
        let host = try HostProcess(in: fabric.hosts[0], run: "night", lease: "60s")
        #expect(try host.inject(#""id":"f",\#(cut)"#).ok == true)
        let halted = try Shell.run([
            HostProcess.executable, "halt", "--state", host.state.path + "/state", "--durable",
            host.state.path + "/durable",
        ])
        #expect(halted.code == 0)
        #expect(halted.output.contains("ended: night@"))
        #expect(try host.ended() == 0)
        #expect(try fabric.hosts[0].fingerprint() == before)
        #expect(host.records == [])
    }

    @Test func recoverPaysFromOutsideWhatDiedInsideANamespace() throws {
        let before = try fabric.hosts[0].fingerprint()
        let host = try HostProcess(in: fabric.hosts[0], lease: "60s")
        // Nothing that the kernel would take back by itself.
        #expect(
            try host.inject(#""id":"f","kind":"bandwidth","limit":"1MiB/s","direction":"out","peers":["10.77.0.2"]"#).ok
                == true)
        let guardian = try #require(host.guardian)
        kill(guardian, SIGSTOP)
        host.crash()
        kill(guardian, SIGKILL)
        _ = try host.ended()
        #expect(try fabric.hosts[0].fingerprint() != before)
        let recover = [
            HostProcess.executable, "recover", "--state", host.state.path + "/state", "--durable",
            host.state.path + "/durable",
        ]
        #expect(try Shell.run(recover).output.contains("paid: "))
        #expect(try fabric.hosts[0].fingerprint() == before)
        #expect(try Shell.run(recover).output == "nothing is owed\n")
    }
}
