import CLinuxShims
import ChaosPlan
import Glibc

/// Wrong time: for programs that were started with libfaketime, or (where it is allowed) for the whole host.
package enum ClockFault {
    static let keys: [ObjectShape.Key] = [
        .optional(
            "control-file", .scalar(ScalarRule(.text)),
            "the file that the targets' FAKETIME_TIMESTAMP_FILE names; must hold an offset such as `+0`"),
        .byDefault(
            "offset", .scalar(ScalarRule(.duration, low: -ScalarRule.longest)), "0s", "at once; may be negative"),
        .byDefault(
            "drift", .scalar(ScalarRule(.integer, low: -1_000_000, high: 1_000_000)), "0", "parts per million"),
        .byDefault("allow-host-clock", .scalar(ScalarRule(.boolean)), "false", "the host's own clock may be set"),
    ]

    package static var capabilities: [Capability] {
        [
            FaketimeLibrary.path != nil
                ? Capability("libfaketime")
                : Capability(
                    "libfaketime", missing: "libfaketime is not installed",
                    remedy: "install the package `libfaketime` and start the targets with it"),
            HostClock.capability,
            Capability(
                "time-namespace",
                missing: "it shifts only the monotonic clocks, of programs started in it, not the time of day",
                remedy: "use libfaketime"),
        ]
    }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let parameters = request.parameters
        let offset = parameters.quantity("offset")
        let drift = parameters.quantity("drift")
        guard offset != 0 || drift != 0 else {
            throw HostError(
                .malformed, "a clock with neither `offset` nor `drift` is right", hint: "write `offset: 5min`")
        }
        let control = parameters["control-file"]?.text
        switch request.mechanism ?? (control == nil ? nil : "libfaketime") {
        case "libfaketime":
            guard let control else {
                throw HostError(.malformed, "libfaketime needs a `control-file`", hint: FaketimeLibrary.howToStart)
            }
            return try PreloadedClock(control, offset: offset, drift: drift, host: request.host)
        case "host":
            guard parameters.flag("allow-host-clock") else {
                throw HostError(
                    .protected, "the host's clock is everybody's",
                    hint: "if it may be set, write `allow-host-clock: true`")
            }
            guard control == nil, drift == 0 else {
                throw HostError(
                    .unsupported, "the host's clock takes an `offset` only",
                    hint: "leave `drift` and `control-file` out")
            }
            return try HostClock(offset: offset)
        case "time-namespace":
            throw HostError(
                .unsupported, "a time namespace shifts only the monotonic clocks, of programs started in it",
                hint: "use libfaketime")
        case let other?:
            throw HostError(.unsupported, "no mechanism `\(other)` for clock", hint: "libfaketime or host")
        case nil:
            throw HostError(
                .malformed, "clock needs a `control-file`, or `mechanism: host`", hint: FaketimeLibrary.howToStart)
        }
    }

    package static func payWallClock(offset: Int64, difference: Int64, boot: String) -> Payment {
        HostClock.pay(offset: offset, difference: difference, boot: boot)
    }
}
