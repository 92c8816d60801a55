import CLinuxShims
import Glibc

/// What a `Worker` does, in a process of its own.
enum WorkerRole {
    /// Fulfils the role that the first argument names, with the others. Returns the exit code.
    static func fulfil(_ argv: UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Int32 {
        var arguments: [String] = []
        while let word = argv?[arguments.count] { arguments.append(String(cString: word)) }
        // Its command line is the executor's; by this name it is known in /proc.
        _ = host_set_name(name(of: arguments.first ?? ""))
        do throws(HostError) {
            return try run(arguments)
        } catch {
            let line = Array("gauntlet-host: worker: \(error.text)\n".utf8)
            _ = write(2, line, line.count)
            return 4
        }
    }

    static let all = ["hold", "fill", "spin", "occupy", "delay", "throttle"]

    static func name(of role: String) -> String { "gauntlet-\(role)" }

    private static func run(_ arguments: [String]) throws(HostError) -> Int32 {
        switch arguments.first {
        case "hold": return try HoldWorker.run()
        case "fill": return try FillWorker.run(arguments.dropFirst())
        case "spin": return try CpuWorker.run(arguments.dropFirst())
        case "occupy": return try MemoryWorker.run(arguments.dropFirst())
        case "throttle": return try ThrottleWorker.run(arguments.dropFirst())
        case "delay": return try QueueWorker.run(arguments)
        default: preconditionFailure("no worker \(arguments)")
        }
    }
}
