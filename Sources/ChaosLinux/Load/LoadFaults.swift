import ChaosPlan

/// Processor and memory taken from the targets.
enum LoadFaults {
    static func keys(of kind: FaultKind) -> [ObjectShape.Key] {
        switch kind {
        case .cpu:
            [
                .optional("load", .scalar(ScalarRule(.share, low: 10_000)), "of the processor time, taken"),
                .optional(
                    "quota", .scalar(ScalarRule(.share, low: 10_000, high: 1_000_000_000)),
                    "of one processor, left to the targets together"),
                .optional(
                    "cores", .scalar(ScalarRule(.integer, low: 1, high: 1_024)),
                    "processors loaded, one worker on each; all unless given"),
                .byDefault(
                    "nice", .scalar(ScalarRule(.integer, low: -20, high: 19)), "0",
                    "of the workers: from first (-20) to last (19)"),
            ] + TargetCgroup.keys
        default:
            [
                .required("effect", .word(["kill", "stall"]), "what it comes to: a death, or waiting for memory"),
                .optional("amount", .scalar(ScalarRule(.size, low: 1 << 20)), "taken by a worker"),
                .optional(
                    "fill-to", .scalar(ScalarRule(.share, low: 10_000, high: 2_000_000)),
                    "of the host's memory or the cgroup's limit, in use with what a worker takes"),
                .optional("limit", .scalar(ScalarRule(.size, low: 1 << 20)), "put on the targets' cgroup"),
                .byDefault("victim", .word(["worker", "target"]), "worker", "who dies first when memory runs out"),
            ] + TargetCgroup.keys
        }
    }

    static func capabilities(of kind: FaultKind) -> [Capability] {
        switch kind {
        case .cpu:
            [Capability("workers"), TargetCgroup.capability("quota", controller: "cpu"), Capability(DutyCycle.word)]
        default: [Capability("workers"), TargetCgroup.capability("limit", controller: "memory")]
        }
    }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let made: any HostMechanism =
            switch request.kind {
            case .cpu: try cpu(request)
            default: try memory(request)
            }
        if let asked = request.mechanism, asked != made.name {
            let known = capabilities(of: request.kind).map(\.mechanism)
            throw HostError(
                .unsupported,
                known.contains(asked)
                    ? "`\(asked)` does not go with these keys: they ask for `\(made.name)`"
                    : "no mechanism `\(asked)` for \(request.kind.rawValue)",
                hint: "leave `mechanism` out")
        }
        return made
    }

    private static func cpu(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let parameters = request.parameters
        if request.mechanism == DutyCycle.word { return try DutyCycle(request) }
        let target = try TargetCgroup.find(request, controller: "cpu") { $0 == 2 ? "cpu.max" : "cpu.cfs_quota_us" }
        let share: CpuQuota.Share
        switch (parameters["load"], parameters["quota"]) {
        case (let load?, nil):
            guard target != nil else { return try CpuLoad(request) }
            share = .taken(load.quantity)
        case (nil, let quota?): share = .left(quota.quantity)
        default: throw HostError(.malformed, "cpu needs exactly one of `load` and `quota`", hint: "write `load: 80%`")
        }
        guard let target else {
            throw HostError(.malformed, "`quota` needs targets", hint: "name them with `processes` or `cgroup`")
        }
        if parameters["cores"] != nil {
            throw HostError(.malformed, "`cores` is for workers, not for targets", hint: "leave it out")
        }
        return try CpuQuota(target, share)
    }

    private static func memory(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let parameters = request.parameters
        let given = ["amount", "fill-to", "limit"].filter { parameters[$0] != nil }
        guard given.count == 1 else {
            throw HostError(
                .malformed, "memory needs exactly one of `amount`, `fill-to` and `limit`", hint: "write `amount: 1GiB`")
        }
        if let limit = parameters["limit"] { return try MemoryLimit(request, limit: limit.quantity) }
        return try MemoryLoad(request)
    }
}
