/// What `gauntlet-host worker ROLE …` does: the inside of a `Worker`.
public enum WorkerRole {
    public static func run(_ arguments: [String]) throws(HostError) -> Int32 {
        switch arguments.first {
        case "hold": return try HoldWorker.run()
        case "fill": return try FillWorker.run(arguments.dropFirst())
        case "spin": return try CpuWorker.run(arguments.dropFirst())
        case "occupy": return try MemoryWorker.run(arguments.dropFirst())
        case "delay": return try QueueWorker.run(arguments)
        default:
            throw HostError(
                .malformed, "no worker `\(arguments.first ?? "")`", hint: "workers are started by the executor")
        }
    }
}
