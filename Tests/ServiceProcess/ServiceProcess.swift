import ChaosService
import Foundation

/// A service in a process of its own, for tests that kill it: `CALENDAR REPORTS GAUNTLET RATE BEGIN ORIGIN`, the last three the
/// clock's.
@main
struct ServiceProcess {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 7, let rate = Double(words[4]), let begin = Int64(words[5]), let origin = Double(words[6])
        else { fatalError("usage: CALENDAR REPORTS GAUNTLET RATE BEGIN ORIGIN") }
        var settings = ServiceSettings(
            calendar: words[1], reports: words[2], gauntlet: words[3],
            clock: FastClock(rate: rate, begin: begin, origin: origin))
        settings.patience = 60
        let told = "\(words[2])/told"
        settings.tell = { notice in
            // Time to die in.
            usleep(.random(in: 0..<3_000))
            note(notice, in: told)
        }
        // Tests that are themselves killed leave nobody behind.
        let parent = getppid()
        let watch: Task<Void, any Error> = Task.detached {
            while getppid() == parent { try await Task.sleep(for: .milliseconds(200)) }
            exit(1)
        }
        defer { watch.cancel() }
        try await Service(settings).run()
    }

    /// A line, whole or not at all.
    private static func note(_ notice: ServiceNotice, in file: String) {
        let line = Data("\(notice.kind) \(notice.scenario ?? "") \(notice.seed ?? 0)\n".utf8)
        let descriptor = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }
}
