import ChaosLinux
import Foundation

/// A fault of the matrix: how to ask for it in an arena.
struct MatrixFault: Sendable {
    var name: String
    /// The fields of the request's `fault`, without its id.
    var request: @Sendable (Arena) -> String
    /// Over as soon as it has happened: it holds nothing in force that a detector could see.
    var isMomentary = false

    /// Every fault kind of the language, and every mechanism that this kernel has for one.
    static let all: [MatrixFault] =
        network + [
            MatrixFault(name: "kill") { arena in
                #""kind":"kill","processes":{"command":"sleep \#(arena.mark)"},"start":{"command":["sleep","\#(arena.mark)"]}"#
            },
            MatrixFault(name: "kill (hold-file)") { arena in
                #""kind":"kill","processes":{"command":"sleep \#(arena.mark)"},"hold-file":"\#(arena.directory.path)/held","start":{"command":["sleep","\#(arena.mark)"]}"#
            },
            MatrixFault(
                name: "restart",
                request: { arena in
                    #""kind":"restart","processes":{"command":"sleep \#(arena.mark)"},"start":{"command":["sleep","\#(arena.mark)"]}"#
                }, isMomentary: true),
            MatrixFault(
                name: "rolling-restart",
                request: { arena in
                    #""kind":"rolling-restart","gate":"0s","groups":[{"command":"sleep \#(arena.mark)","start":{"command":["sleep","\#(arena.mark)"]}}]"#
                }, isMomentary: true),
            pause("freezer"), pause("freezer-v1"), pause("ptrace"), pause("stop"),
            MatrixFault(name: "disk-fill") { #""kind":"disk-fill","path":"\#($0.disk)","fill-to":"80%""# },
            MatrixFault(name: "disk-slow") {
                #""kind":"disk-slow","control":"\#($0.control)","delay":"50ms","errors":"10%""#
            },
            MatrixFault(name: "cpu (workers)") { _ in #""kind":"cpu","load":"5%","cores":1"# },
            MatrixFault(name: "cpu (quota)") { #""kind":"cpu","quota":"50%","cgroup":"\#($0.cgroup ?? "")""# },
            // Stopped nearly all of the time, so that a target that stays stopped is seen.
            MatrixFault(name: "cpu (duty-cycle)") {
                #""kind":"cpu","mechanism":"duty-cycle","load":"99%","processes":{"pid":\#($0.target.pid)}"#
            },
            MatrixFault(name: "memory (workers)") { _ in #""kind":"memory","effect":"stall","amount":"8MiB""# },
            MatrixFault(name: "clock (libfaketime)") { #""kind":"clock","control-file":"\#($0.clock)","offset":"1h""# },
            MatrixFault(name: "host-down") { arena in
                #""kind":"host-down","processes":[{"command":"sleep \#(arena.mark)"}],"network":{"peers":["\#(arena.peer.address)"]},"start":[{"command":["sleep","\#(arena.mark)"]}]"#
            },
            MatrixFault(name: "credential") {
                #""kind":"credential","file":"\#($0.secret)","replacement":"\#($0.replacement)""#
            },
            procedure("cgroup"), procedure("session"),
        ]

    private static let network: [MatrixFault] = [
        link("partition (nftables)", #""kind":"partition","mechanism":"nftables""#),
        link("partition (iptables-nft)", #""kind":"partition","mechanism":"iptables-nft""#),
        link("partition (iptables-legacy)", #""kind":"partition","mechanism":"iptables-legacy""#),
        link("latency (nfqueue)", #""kind":"latency","mechanism":"nfqueue","direction":"in","delay":"20ms""#),
        link("loss (nftables)", #""kind":"loss","mechanism":"nftables","direction":"in","share":"30%""#),
        link("corrupt (nfqueue)", #""kind":"corrupt","mechanism":"nfqueue","direction":"in","share":"30%""#),
        link("duplicate (nfqueue)", #""kind":"duplicate","mechanism":"nfqueue","direction":"in","share":"30%""#),
        link(
            "reorder (nfqueue)", #""kind":"reorder","mechanism":"nfqueue","direction":"in","share":"30%","by":"20ms""#),
        link("bandwidth (tbf)", #""kind":"bandwidth","mechanism":"tbf","direction":"out","limit":"1MiB/s""#),
        link("bandwidth (htb)", #""kind":"bandwidth","mechanism":"htb","direction":"out","limit":"1MiB/s""#),
    ]

    private static func link(_ name: String, _ fields: String) -> MatrixFault {
        MatrixFault(name: name) { #"\#(fields),"peers":["\#($0.peer.address)"]"# }
    }

    private static func procedure(_ mechanism: String) -> MatrixFault {
        MatrixFault(name: "procedure (\(mechanism))") { arena in
            let made = arena.directory.path + "/made"
            return
                #""kind":"procedure","mechanism":"\#(mechanism)","command":["touch","\#(made)"],"undo":["rm","-f","\#(made)"]"#
        }
    }

    private static func pause(_ mechanism: String) -> MatrixFault {
        MatrixFault(name: "pause (\(mechanism))") {
            #""kind":"pause","mechanism":"\#(mechanism)","processes":{"pid":\#($0.target.pid)}"#
        }
    }
}
