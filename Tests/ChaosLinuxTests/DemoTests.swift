import Foundation
import Testing

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized) struct DemoTests {
    /// The repository's root. The sources may be seen through a link.
    private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// What the README promises to whoever runs it: as it is written, to its last line.
    @Test(.enabled(if: Shell.path(of: "ping") != nil, "needs the program `ping`"))
    func theDemonstrationShowsWhatItClaims() throws {
        let result = try Shell.run(["bash", "\(Self.root)/docs/demo.sh", HostProcess.executable])
        #expect(result.code == 0, "\(result.output)")
        let last = result.output.split(separator: "\n").last ?? ""
        #expect(last.hasPrefix("demo: all as claimed: partition, latency by "), "\(result.output)")
        #expect(last.hasSuffix(" ms after kill -9"), "\(result.output)")
        let namespaces = try Shell.must("ip", "netns", "list")
        #expect(!namespaces.contains("gauntlet-demo-"), "\(namespaces)")
    }

    @Test func whatItCannotDoItSaysInOneLine() throws {
        let result = try Shell.run(["bash", "\(Self.root)/docs/demo.sh", "/no/such/gauntlet-host"])
        #expect(result.code == 1)
        #expect(result.output == "demo: FAILED: no program /no/such/gauntlet-host\n")
    }
}
