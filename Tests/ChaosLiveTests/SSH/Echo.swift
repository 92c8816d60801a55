import Foundation

/// A process that says again what it is told, unless somebody holds it.
final class Echo {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init() throws {
        process.executableURL = URL(fileURLWithPath: "/bin/cat")
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        _ = fcntl(output.fileHandleForReading.fileDescriptor, F_SETFL, O_NONBLOCK)
    }

    deinit {
        // Children of a test's thread have other signals blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    var pid: Int32 { process.processIdentifier }

    /// Whether it answers within that long.
    func answers(within seconds: Double) -> Bool {
        input.fileHandleForWriting.write(Data("x".utf8))
        return heard(within: seconds)
    }

    /// Whether what it was asked before is answered now.
    func heard(within seconds: Double) -> Bool {
        var byte: UInt8 = 0
        let limit = Date().addingTimeInterval(seconds)
        repeat {
            if read(output.fileHandleForReading.fileDescriptor, &byte, 1) == 1 { return true }
            usleep(5_000)
        } while Date() < limit
        return false
    }
}
