// swift-tools-version: 6.2
import PackageDescription

// Real faults and the live world need Linux, libnl-3 and libnats. GAUNTLET_SIMULATOR_ONLY=1 builds without them, elsewhere they are
// left out anyway.
#if os(Linux)
    let hasLinuxFaults = Context.environment["GAUNTLET_SIMULATOR_ONLY"] == nil
#else
    let hasLinuxFaults = false
#endif

let package = Package(
    name: "gauntlet",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "gauntlet", targets: ["gauntlet"])
    ],
    dependencies: [
        // docs/decisions/0001-dependencies.md has the reason for each.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .target(name: "ChaosPlan", dependencies: ["Yams"]),
        .target(name: "ChaosResilience"),
        // crypt(3), for the brokers' hashed passwords.
        .target(
            name: "ChaosFleet", dependencies: ["ChaosPlan", "ChaosResilience"],
            linkerSettings: [.linkedLibrary("crypt", .when(platforms: [.linux]))]),
        .target(name: "ChaosRun", dependencies: ["ChaosPlan"]),
        .target(name: "ChaosSim", dependencies: ["ChaosPlan", "ChaosRun", "ChaosFleet", "ChaosResilience"]),
        .target(name: "ChaosScore", dependencies: ["ChaosPlan"]),
        .target(name: "ChaosReport", dependencies: ["ChaosPlan", "ChaosScore"]),
        .target(
            name: "ChaosCompare", dependencies: ["ChaosPlan", "ChaosRun", "ChaosSim", "ChaosScore", "ChaosReport"]),
        .target(
            name: "ChaosHistory",
            dependencies: ["ChaosPlan", "ChaosScore", .product(name: "GRDB", package: "GRDB.swift")]),
        .target(name: "ChaosCalendar", dependencies: ["ChaosPlan", "Yams"]),
        .target(name: "ChaosNotify", dependencies: ["ChaosPlan", "Yams"]),
        .executableTarget(
            name: "gauntlet",
            dependencies: [
                "ChaosPlan", "ChaosRun", "ChaosSim", "ChaosScore", "ChaosReport", "ChaosCompare", "ChaosHistory",
                "ChaosCalendar", "ChaosNotify",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .testTarget(name: "GauntletTests", dependencies: ["gauntlet", "LocalReceiver", "Yams"]),
        .testTarget(name: "ChaosPlanTests", dependencies: ["ChaosPlan"]),
        .testTarget(name: "ChaosResilienceTests", dependencies: ["ChaosResilience"]),
        .testTarget(name: "ChaosFleetTests", dependencies: ["ChaosFleet", "ChaosPlan", "ChaosSim"]),
        .testTarget(name: "ChaosRunTests", dependencies: ["ChaosPlan", "ChaosRun"]),
        .testTarget(name: "ChaosSimTests", dependencies: ["ChaosPlan", "ChaosRun", "ChaosFleet", "ChaosSim"]),
        .testTarget(name: "ChaosScoreTests", dependencies: ["ChaosPlan", "ChaosScore"]),
        // Runs as they might have happened, for the pages' tests.
        .target(
            name: "ReportSamples", dependencies: ["ChaosReport", "ChaosPlan", "ChaosScore"], path: "Tests/ReportSamples"
        ),
        .testTarget(
            name: "ChaosReportTests", dependencies: ["ChaosReport", "ChaosPlan", "ChaosScore", "ReportSamples"],
            exclude: ["Golden"]),
        .testTarget(
            name: "ChaosCompareTests",
            dependencies: ["ChaosPlan", "ChaosRun", "ChaosSim", "ChaosScore", "ChaosReport", "ChaosCompare"]),
        .testTarget(name: "ChaosHistoryTests", dependencies: ["ChaosHistory", "ChaosPlan", "ChaosScore"]),
        .testTarget(name: "ChaosCalendarTests", dependencies: ["ChaosCalendar", "ChaosPlan"]),
        .testTarget(name: "ChaosNotifyTests", dependencies: ["ChaosNotify", "ChaosPlan", "LocalReceiver"]),
        // An HTTP server on loopback that fails as it is told to.
        .target(name: "LocalReceiver", path: "Tests/LocalReceiver"),
        // Drives a real headless Chromium; the pages' tests share it.
        .target(name: "Browser", path: "Tests/Browser"),
        .testTarget(
            name: "BrowserTests",
            dependencies: [
                "Browser", "ChaosCompare", "ChaosHistory", "ChaosReport", "ChaosPlan", "ChaosScore", "ReportSamples",
                "gauntlet",
            ]),
        .testTarget(name: "CatalogueTests", dependencies: ["ChaosPlan", "ChaosScore", "ChaosCompare"]),
    ],
    swiftLanguageModes: [.v6]
)

if hasLinuxFaults {
    package.products += ["gauntlet-host", "gauntlet-agent", "gauntlet-probe", "gauntlet-serve"].map {
        .executable(name: $0, targets: [$0])
    }
    package.dependencies += [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // No traits: neither a configuration reader nor all of Foundation is needed.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // What Hummingbird is spoken to in: its headers and its log.
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
    ]
    let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { .product(name: $0, package: "swift-nio") }
    let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
    package.targets += [
        .systemLibrary(
            name: "CNetlink", pkgConfig: "libnl-route-3.0", providers: [.apt(["libnl-3-dev", "libnl-route-3-dev"])]),
        .target(name: "CLinuxShims"),
        .target(name: "ChaosLinux", dependencies: ["ChaosPlan", "CNetlink", "CLinuxShims"]),
        .executableTarget(
            name: "gauntlet-host",
            dependencies: ["ChaosLinux", "ChaosHold", "ChaosFleet", arguments]),
        .target(
            name: "ChaosHold",
            dependencies: ["ChaosLinux", "ChaosFleet", "ChaosResilience", "ChaosPlan", "CNetlink", "CLinuxShims"]),
        .systemLibrary(name: "CNATS", pkgConfig: "libnats", providers: [.apt(["libnats-dev"])]),
        .target(name: "ChaosNATS", dependencies: ["CNATS"]),
        .target(name: "ChaosHTTP", dependencies: nio),
        .executableTarget(
            name: "gauntlet-agent",
            dependencies: ["ChaosFleet", "ChaosHTTP", "ChaosNATS", "ChaosPlan", "ChaosResilience", arguments] + nio),
        .executableTarget(
            name: "gauntlet-probe",
            dependencies: ["ChaosFleet", "ChaosHTTP", "ChaosNATS", "ChaosPlan", "CLinuxShims", arguments] + nio),
        .target(
            name: "ChaosLive",
            dependencies: [
                "ChaosPlan", "ChaosRun", "ChaosResilience", "ChaosFleet", "ChaosHold", "ChaosLinux", "CLinuxShims",
            ]),
        // Carries the calendar out; the page and its web server are a program of their own.
        .target(
            name: "ChaosService",
            dependencies: [
                "ChaosCalendar", "ChaosHistory", "ChaosNotify", "ChaosPlan", "ChaosScore", "CLinuxShims",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .target(
            name: "ChaosServe",
            dependencies: [
                "ChaosService", "ChaosCalendar", "ChaosHistory", "ChaosReport", "ChaosScore", "ChaosPlan",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "gauntlet-serve",
            dependencies: [
                "ChaosServe", "ChaosService", "ChaosCalendar", "ChaosHistory", "ChaosNotify", "ChaosPlan", arguments,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "ChaosServiceTests",
            dependencies: [
                "ChaosService", "ChaosCalendar", "ChaosHistory", "ChaosNotify", "ChaosPlan", "ServiceProcess",
            ]),
        // A service that tests kill.
        .executableTarget(name: "ServiceProcess", dependencies: ["ChaosService"], path: "Tests/ServiceProcess"),
        .testTarget(
            name: "ChaosServeTests",
            dependencies: ["ChaosServe", "ChaosService", "ChaosCalendar", "ChaosHistory", "ChaosPlan", "Browser"] + nio),
        // The service as people start it: its process, its notices, its units.
        .testTarget(
            name: "GauntletServeTests",
            dependencies: [
                "ChaosService", "ChaosCalendar", "ChaosNotify", "LocalReceiver", "gauntlet", "gauntlet-serve",
                "gauntlet-host", "gauntlet-agent", "gauntlet-probe",
            ]),
        .testTarget(
            name: "ChaosHoldTests",
            dependencies: ["ChaosHold", "ChaosFleet", "ChaosLinux", "CLinuxShims", "gauntlet-host"]),
        .testTarget(name: "ChaosNATSTests", dependencies: ["ChaosNATS"]),
        .testTarget(name: "ChaosHTTPTests", dependencies: ["ChaosHTTP"] + nio),
        .testTarget(
            name: "AgentTests",
            dependencies: ["ChaosFleet", "ChaosPlan", "ChaosHTTP", "ChaosNATS", "gauntlet-agent"] + nio),
        .testTarget(
            name: "ProbeTests", dependencies: ["ChaosFleet", "ChaosPlan", "ChaosHTTP", "gauntlet-probe"] + nio),
        .testTarget(
            name: "ChaosLiveTests",
            dependencies: [
                "ChaosLive", "ChaosPlan", "ChaosRun", "ChaosFleet", "ChaosHold", "ChaosLinux", "ChaosScore", "gauntlet",
                "gauntlet-host", "gauntlet-agent", "gauntlet-probe",
            ]),
        .testTarget(
            name: "ChaosLinuxTests",
            dependencies: ["ChaosLinux", "ChaosPlan", "ChaosRun", "ChaosScore", "CLinuxShims", "gauntlet-host"]),
    ]
}

if hasLinuxFaults, let command = package.targets.first(where: { $0.name == "gauntlet" }) {
    command.dependencies += ["ChaosLive", "ChaosFleet", "ChaosService"]
    // Not `canImport`: a build folder keeps the modules of an earlier build.
    command.swiftSettings = [.define("LIVE_WORLD")]
}

for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ]
}
