import ArgumentParser
import ChaosLinux

struct SlowDiskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slow-disk",
        abstract:
            "Serve a directory as a file system that can be made slow and failing (FUSE), until it is told to end.",
        discussion: """
            At full speed by default. Who connects to the control socket and sends a line such as
            {"delayNs":50000000,"errors":20000,"leaseNs":2000000000} makes writes wait so long, and so many of a million
            fail, until the connection closes or the lease is over. It is renewed by another line.
            """)
    @Option(help: "The directory with the files.")
    var backing: String
    @Option(help: "The directory where they appear; may be the same.")
    var at: String
    @Option(help: "Path of the control socket.")
    var control: String

    func run() throws {
        try ending { () throws(HostError) in
            try SlowDiskServer(backing: backing, at: at, control: control).run()
        }
    }
}
