import ChaosPlan

extension QueueTreatment {
    /// What the engine understands of a kind besides what every mechanism does.
    static func keys(of kind: FaultKind) -> [ObjectShape.Key] {
        let seed = ObjectShape.Key.optional(
            "seed", .scalar(ScalarRule(.integer)),
            "of the packets' chances: the n-th packet always has the same fate; from the fault's id unless given (nfqueue)"
        )
        switch kind {
        case .latency:
            return [
                .optional(
                    "in-order", .scalar(ScalarRule(.boolean)), "no packet overtakes, whatever its variation (nfqueue)"),
                .optional("loss", .scalar(ScalarRule(.share, low: 1)), "of packets, besides (nfqueue)"), seed,
            ]
        case .corrupt:
            return [
                .optional(
                    "visible", .scalar(ScalarRule(.boolean)),
                    "true: the application gets the flipped bits (nfqueue); false: its transport drops the packet"),
                seed,
            ]
        case .loss, .duplicate, .reorder: return [seed]
        default: return []
        }
    }

    /// The keys of a request that the engine alone can satisfy, as they would be written.
    static func ownKeys(in request: FaultRequest) -> [String] {
        var found = ["seed", "in-order"].filter { request.parameters[$0] != nil }
        if request.kind == .latency, request.parameters["loss"] != nil { found.append("loss") }
        if request.parameters["visible"]?.flag == true { found.append("visible") }
        return found.map { "`\($0)`" }
    }

    /// From the parameters of a link fault.
    init(_ kind: FaultKind, _ value: Value, fault: String) throws(HostError) {
        func unsupported(_ what: String, _ hint: String) -> HostError {
            HostError(.unsupported, "the delay engine has no \(what)", hint: hint)
        }
        let share = value["share"]?.share ?? .zero
        switch kind {
        case .latency:
            delay = value.quantity("delay")
            variation = value["variation"]?.quantity ?? 0
            switch value.text("distribution") {
            case "uniform" where value["jitter"] != nil: variation = value.quantity("jitter")
            case "normal": distribution = .normal
            case "uniform":
                // As much below the delay as above it: here the variation counts from its least.
                delay -= variation
                variation *= 2
            case let other: throw unsupported("\(other) distribution", "choose uniform or normal")
            }
            if value["correlation"].map({ $0.share > .zero }) == true {
                throw unsupported("correlation", "leave it out")
            }
            keepsOrder = value["in-order"]?.flag ?? false
            loss = value["loss"]?.share ?? .zero
        case .loss:
            if value["burst"] != nil { throw unsupported("bursts", "leave out `burst`") }
            loss = share
        case .duplicate: duplicate = share
        case .corrupt: corrupt = Corruption(share: share, isVisible: value["visible"]?.flag ?? true)
        case .reorder: reorder = Reorder(share: share, by: value.quantity("by"))
        default: preconditionFailure("the delay engine does not serve \(kind.rawValue)")
        }
        seed = value["seed"].map { UInt64(bitPattern: $0.quantity) } ?? Self.seed(of: fault)
    }
}
