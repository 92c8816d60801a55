import ChaosPlan

extension QueueTreatment {
    /// The kinds of fault that the engine serves.
    static let kinds: [FaultKind] = [.latency, .loss, .corrupt, .duplicate, .reorder]

    /// A kind's own parameters, besides those of the match.
    static func keys(of kind: FaultKind) -> [ObjectShape.Key] {
        let share = ObjectShape.Key.required("share", .scalar(ScalarRule(.share, low: 1)), "of packets")
        let seed = ObjectShape.Key.optional(
            "seed", .scalar(ScalarRule(.integer)), "of the packets' chances; from the fault's id unless given")
        let longest = 60 * Nanoseconds.second
        switch kind {
        case .latency:
            return [
                .required("delay", .scalar(ScalarRule(.duration, low: 1, high: longest)), "added, one way"),
                .byDefault("variation", .scalar(ScalarRule(.duration, high: longest)), "0s", "on top"),
                .byDefault(
                    "distribution", .word(Variation.allCases.map(\.rawValue)), "uniform",
                    "of the variation: from 0 up to it, or normal around the delay"),
                .byDefault(
                    "in-order", .scalar(ScalarRule(.boolean)), "false", "no packet overtakes, whatever it draws"),
                .byDefault("loss", .scalar(ScalarRule(.share)), "0%", "of packets, besides"), seed,
            ]
        case .corrupt:
            return [
                share,
                .byDefault(
                    "visible", .scalar(ScalarRule(.boolean)), "true",
                    "to the application; else the transport's checksum catches it"), seed,
            ]
        case .reorder:
            return [
                share,
                .required(
                    "by", .scalar(ScalarRule(.duration, low: 1, high: longest)), "overtaken by those sent within"),
                seed,
            ]
        case .loss, .duplicate: return [share, seed]
        default: return []
        }
    }

    /// From a request with these keys.
    init(_ kind: FaultKind, _ value: Value, fault: String) {
        switch kind {
        case .latency:
            delay = value.quantity("delay")
            variation = value.quantity("variation")
            distribution = value.word("distribution")
            keepsOrder = value.flag("in-order")
            loss = value.share("loss")
        case .loss: loss = value.share("share")
        case .duplicate: duplicate = value.share("share")
        case .corrupt: corrupt = Corruption(share: value.share("share"), isVisible: value.flag("visible"))
        case .reorder: reorder = Reorder(share: value.share("share"), by: value.quantity("by"))
        default: break
        }
        seed = value["seed"].map { UInt64(bitPattern: $0.quantity) } ?? Self.seed(of: fault)
    }
}
