import Glibc

/// Holds the file that fills a file system, and follows what others free or take. `worker fill GOAL VALUE`; the file is
/// descriptor 3.
enum FillWorker {
    private static let file: Int32 = 3
    /// Between two looks once the goal is reached (ns).
    private static let interval: Int64 = 250_000_000

    static func run(_ arguments: ArraySlice<String>) throws(HostError) -> Int32 {
        guard let goal = FillGoal(words: arguments) else { throw HostError(.malformed, "no goal to fill to") }
        ExecutorSocket.giveUpPrivileges(oomScore: 0)
        let executor = ExecutorSocket()
        guard executor.awaitGo() else { return 0 }
        var file = FillFile(descriptor: file)
        var hasTold = false
        while true {
            let figures = try FileSystemFigures.read(file.descriptor)
            let change = goal.change(figures)
            var isWaiting = change == 0
            if change > 0 {
                isWaiting = try file.grow(by: change, block: figures.block) == .full
            } else if change < 0 {
                isWaiting = file.size == 0
                if !isWaiting { try file.shrink(by: -change) }
            }
            if isWaiting, !hasTold {
                executor.say(goal.isReached(try .read(file.descriptor)) ? "reached" : "no more to be had")
                hasTold = true
            }
            guard executor.pause(isWaiting ? interval : 0) else { return 0 }
        }
    }
}
