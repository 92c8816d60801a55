import ChaosPlan
import Glibc

/// Latency, loss, corruption, duplication, reordering and bandwidth of a link.
enum LinkFaults {
    static func keys(of kind: FaultKind) -> [ObjectShape.Key] {
        let share = ObjectShape.Key.required(
            "share", .scalar(ScalarRule(.share, low: 1)), "of the packets, chosen at random")
        let own: [ObjectShape.Key] =
            switch kind {
            case .latency:
                [
                    .required("delay", .scalar(time), "how much later each packet comes"),
                    .optional("variation", .scalar(time), "how far the delay strays from its mean; at most `delay`"),
                    .optional(
                        "jitter", .scalar(ScalarRule(.duration, low: 0, high: .hour)),
                        "instead: what each packet waits on top of `delay`, anything below this, each as likely"),
                    .byDefault(
                        "distribution", .word(NetemOptions.Spread.allCases.map(\.rawValue)), "uniform",
                        "of the variation: uniform within it, or with it as the standard deviation"),
                    .optional(
                        "correlation", .scalar(ScalarRule(.share)), "of each packet's variation with the last one's"),
                ]
            case .loss:
                [
                    share,
                    .optional(
                        "burst", .scalar(ScalarRule(.integer, low: 1, high: 100_000)),
                        "mean number of packets lost in a row; each by itself unless given"),
                ]
            case .reorder:
                [share, .required("by", .scalar(time), "how long these are held back, so that others overtake them")]
            case .bandwidth:
                [
                    .required(
                        "limit", .scalar(ScalarRule(.byteRate, low: 1_024, high: RateOptions.highest)),
                        "of all the meant packets together, each way")
                ]
            default: [share]
            }
        return own + QueueTreatment.keys(of: kind) + TrafficMatch.keys + [
            .byDefault(
                "allow-wrap", .scalar(ScalarRule(.boolean)), "false",
                "a root qdisc that is not ours may give way for the time, and is put back exactly")
        ]
    }

    private static let time = ScalarRule(.duration, low: .microsecond, high: .hour)

    // MARK: - What serves

    static func capabilities(of kind: FaultKind) -> [Capability] { mechanisms(of: kind).map(capability) }

    private static func mechanisms(of kind: FaultKind) -> [String] {
        switch kind {
        case .bandwidth: ["tbf", "htb"]
        case .loss: ["netem", "nftables", "nfqueue"]
        default: ["netem", "nfqueue"]
        }
    }

    private static func capability(_ mechanism: String) -> Capability {
        switch mechanism {
        case "nftables": NftLoss.capability
        case "nfqueue": DelayEngine.capability
        case "netem", "tbf": KernelQdiscs.capability(mechanism, needing: ["htb", mechanism])
        default: KernelQdiscs.capability(mechanism, needing: ["htb"])
        }
    }

    // MARK: - Making

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let match = try TrafficMatch(request.parameters, exempt: request.host.control)
        let asked = try Asked(request)
        // Some parameters are known to the delay engine alone.
        let only = QueueTreatment.ownKeys(in: request)
        let names = only.isEmpty ? mechanisms(of: request.kind) : [DelayEngine.mechanism]
        if let name = request.mechanism {
            guard names.contains(name) else {
                throw HostError(
                    .unsupported,
                    "no mechanism `\(name)` for \(request.kind.rawValue)"
                        + (only.isEmpty ? "" : " with \(only.joined(separator: " and "))"),
                    hint: "one of: \(names.joined(separator: ", "))")
            }
            do {
                return try make(name, request, match, asked)
            } catch {
                throw error.code == .unsupported
                    ? HostError(.unsupported, "\(name) does not serve: \(error.message)", hint: error.hint) : error
            }
        }
        // The first that serves; if none does, why each does not.
        var reasons: [(name: String, error: HostError)] = []
        for name in names {
            do {
                return try make(name, request, match, asked)
            } catch {
                // Another way would not make a wrong request right.
                if error.code == .malformed || error.code == .missing || error.code == .privilege { throw error }
                reasons.append((name, error))
            }
        }
        let text = reasons.map { "\($0.name): \($0.error.message)" }.joined(separator: "; ")
        throw HostError(
            reasons.first?.error.code ?? .unsupported,
            reasons.count == 1 ? text : "nothing here serves for \(request.kind.rawValue): \(text)",
            hint: reasons.map(\.error.hint).first { !$0.isEmpty } ?? "")
    }

    /// A checked request in the units of its mechanisms.
    private struct Asked {
        var netem: NetemOptions?
        var rate: RateOptions?
        /// As evidence says it.
        var summary: String

        init(_ request: FaultRequest) throws(HostError) {
            let parameters = request.parameters
            let share = parameters["share"]?.share ?? .zero
            let chance = NetemOptions.chance(share)
            var options = NetemOptions()
            switch request.kind {
            case .latency:
                let delay = parameters.quantity("delay")
                options.delay = delay
                options.variation = parameters["variation"]?.quantity ?? 0
                options.spread = parameters.word("distribution")
                let jitter = parameters["jitter"]?.quantity ?? 0
                if parameters["jitter"] != nil {
                    guard parameters["variation"] == nil, options.spread == .uniform else {
                        throw HostError(
                            .malformed,
                            "`jitter` is uniform and on top of `delay`: it goes with neither `variation` "
                                + "nor another `distribution`", hint: "give one of `jitter` and `variation`")
                    }
                    // The kernel draws around a mean.
                    options.delay += jitter / 2
                    options.variation = jitter / 2
                }
                options.correlation = NetemOptions.chance(parameters["correlation"]?.share ?? .zero)
                guard options.variation <= options.delay else {
                    throw HostError(
                        .malformed, "`variation` is more than `delay`: packets cannot come before they are sent",
                        hint: "let it be at most `delay`")
                }
                guard options.variation > 0 || options.correlation == 0 else {
                    throw HostError(
                        .malformed, "`correlation` without `variation` or `jitter` means nothing", hint: "give both")
                }
                let variation =
                    jitter > 0
                    ? " + 0…\(ScalarText.show(jitter, .duration))"
                    : options.variation == 0
                        ? "" : " ± \(ScalarText.show(options.variation, .duration)) \(options.spread.rawValue)"
                summary = "delay \(ScalarText.show(delay, .duration))\(variation)"
            case .loss:
                if let length = parameters["burst"]?.int {
                    guard let bursts = NetemOptions.bursts(share: share, length: length) else {
                        throw HostError(
                            .malformed,
                            "\(ScalarText.show(share.partsPerMillion, .share)) cannot be lost in bursts of \(length) on average",
                            hint: "lose less, or in longer bursts; leave out `burst` to lose all")
                    }
                    options.bursts = bursts
                    summary = "loss \(ScalarText.show(share.partsPerMillion, .share)) in bursts of \(length)"
                } else {
                    options.loss = chance
                    summary = "loss \(ScalarText.show(share.partsPerMillion, .share))"
                }
            case .corrupt:
                options.corrupt = chance
                summary = "corrupt \(ScalarText.show(share.partsPerMillion, .share))"
            case .duplicate:
                options.duplicate = chance
                summary = "duplicate \(ScalarText.show(share.partsPerMillion, .share))"
            case .reorder:
                guard share < .whole else {
                    throw HostError(
                        .malformed, "if all packets are held back, none is overtaken",
                        hint: "`share` below 100%, or the fault `latency`")
                }
                // netem lets `ahead` pass at once and delays the others: the share held back is what is left.
                options.delay = parameters.quantity("by")
                options.gap = 1
                options.ahead = UInt32.max - chance
                summary =
                    "\(ScalarText.show(share.partsPerMillion, .share)) held back by \(ScalarText.show(options.delay, .duration))"
            default:
                let rate = RateOptions(rate: UInt64(parameters.quantity("limit")))
                self.rate = rate
                netem = nil
                summary = "limit \(rate.rate) B/s"
                return
            }
            netem = options
            rate = nil
        }
    }

    private static func make(
        _ name: String, _ request: FaultRequest, _ match: TrafficMatch, _ asked: Asked
    ) throws(HostError) -> any HostMechanism {
        let capability = capability(name)
        if let missing = capability.missing {
            throw HostError(
                KernelQdiscs.isPrivileged ? .unsupported : .privilege, missing, hint: capability.remedy)
        }
        let treatment: LinkShaper.Treatment
        switch (name, asked.netem, asked.rate) {
        case ("netem", let options?, _): treatment = .netem(options)
        case ("tbf", _, let rate?): treatment = .tbf(rate)
        case ("htb", _, let rate?): treatment = .htb(rate)
        case ("nftables", _, _):
            guard request.parameters["burst"] == nil else {
                throw HostError(.unsupported, "nftables loses each packet by itself", hint: "leave out `burst`")
            }
            return try NftLoss.make(request, match: match, share: request.parameters.share("share"))
        default:
            return try DelayEngine.make(
                request, match: match,
                treatment: try QueueTreatment(request.kind, request.parameters, fault: request.id))
        }
        if match.direction != .out, match.place == .end, let missing = KernelQdiscs.missingForArrival {
            throw HostError(
                .unsupported, "\(name) on arrival needs \(missing)",
                hint: "act on the far end with `direction: out`, or choose nfqueue")
        }
        return try LinkShaper(request, match: match, treatment: treatment, summary: asked.summary)
    }
}
