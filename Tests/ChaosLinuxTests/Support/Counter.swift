import ChaosLinux
import Foundation
import Testing

/// Three threads of a process that each count up every few milliseconds.
final class Counter {
    let program: TestProcess
    private let directory: TemporaryDirectory

    static let script = """
        import os, sys, threading, time
        def count(path):
            file = os.open(path, os.O_RDWR | os.O_CREAT)
            n = 0
            while True:
                n += 1
                os.pwrite(file, b'%012d' % n, 0)
                time.sleep(0.003)
        for i in range(1, 3): threading.Thread(target=count, args=(f'{sys.argv[1]}/{i}',)).start()
        count(f'{sys.argv[1]}/0')
        """

    init() throws {
        directory = try TemporaryDirectory()
        program = try TestProcess([python, "-c", Self.script, directory.path])
        try #require(eventually { self.values.allSatisfy { $0 > 0 } })
    }

    var pid: Int32 { program.pid }

    var values: [Int] {
        (0..<3).map {
            (try? String(contentsOfFile: "\(directory.path)/\($0)", encoding: .utf8)).flatMap { Int($0) } ?? 0
        }
    }

    /// Whether each thread counts on within a second.
    var isCounting: Bool {
        let before = values
        return eventually(within: 1) { zip(before, self.values).allSatisfy { $0 < $1 } }
    }

    /// Whether no thread counts for a fifth of a second.
    var isStill: Bool {
        let before = values
        usleep(200_000)
        return values == before
    }

    /// Seconds until each thread has counted on.
    func timeToCount() -> Double {
        let before = values
        let start = Date()
        _ = eventually { zip(before, self.values).allSatisfy { $0 < $1 } }
        return Date().timeIntervalSince(start)
    }
}
