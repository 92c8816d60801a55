/// What `gauntlet-host worker ROLE …` does: the inside of a `Worker`.
public enum WorkerRole {
    public static func run(_ arguments: [String]) throws(HostError) -> Int32 {
        switch arguments.first {
        case "delay": try QueueWorker.run(arguments)
        default:
            throw HostError(
                .malformed, "no worker `\(arguments.first ?? "")`", hint: "workers are started by the executor")
        }
    }
}
