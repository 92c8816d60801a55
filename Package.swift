// swift-tools-version: 6.2
import PackageDescription

// Real faults need Linux and libnl-3. GAUNTLET_SIMULATOR_ONLY=1 builds without them, elsewhere they are left out anyway.
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
    ],
    targets: [
        .target(name: "ChaosPlan", dependencies: ["Yams"]),
        .target(name: "ChaosResilience"),
        .target(name: "ChaosRun", dependencies: ["ChaosPlan"]),
        .target(name: "ChaosSim", dependencies: ["ChaosPlan", "ChaosRun", "ChaosResilience"]),
        .target(name: "ChaosScore", dependencies: ["ChaosPlan"]),
        .target(name: "ChaosReport", dependencies: ["ChaosPlan", "ChaosScore"]),
        .target(name: "ChaosCompare", dependencies: ["ChaosPlan", "ChaosRun", "ChaosSim", "ChaosScore"]),
        .executableTarget(
            name: "gauntlet",
            dependencies: [
                "ChaosPlan", "ChaosRun", "ChaosSim", "ChaosScore", "ChaosReport", "ChaosCompare",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .testTarget(name: "GauntletTests", dependencies: ["gauntlet"]),
        .testTarget(name: "ChaosPlanTests", dependencies: ["ChaosPlan"]),
        .testTarget(name: "ChaosResilienceTests", dependencies: ["ChaosResilience"]),
        .testTarget(name: "ChaosRunTests", dependencies: ["ChaosPlan", "ChaosRun"]),
        .testTarget(name: "ChaosSimTests", dependencies: ["ChaosPlan", "ChaosRun", "ChaosSim"]),
        .testTarget(name: "ChaosScoreTests", dependencies: ["ChaosPlan", "ChaosScore"]),
        .testTarget(
            name: "ChaosReportTests", dependencies: ["ChaosReport", "ChaosPlan", "ChaosScore"], exclude: ["Golden"]),
        .testTarget(
            name: "ChaosCompareTests",
            dependencies: ["ChaosPlan", "ChaosRun", "ChaosSim", "ChaosScore", "ChaosCompare"]),
        .testTarget(name: "CatalogueTests", dependencies: ["ChaosPlan", "ChaosScore", "ChaosCompare"]),
    ],
    swiftLanguageModes: [.v6]
)

if hasLinuxFaults {
    package.products.append(.executable(name: "gauntlet-host", targets: ["gauntlet-host"]))
    package.targets += [
        .systemLibrary(
            name: "CNetlink", pkgConfig: "libnl-route-3.0", providers: [.apt(["libnl-3-dev", "libnl-route-3-dev"])]),
        .target(name: "CLinuxShims"),
        .target(name: "ChaosLinux", dependencies: ["ChaosPlan", "CNetlink", "CLinuxShims"]),
        .executableTarget(
            name: "gauntlet-host",
            dependencies: ["ChaosLinux", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        .testTarget(
            name: "ChaosLinuxTests",
            dependencies: ["ChaosLinux", "ChaosPlan", "ChaosRun", "ChaosScore", "CLinuxShims", "gauntlet-host"]),
    ]
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
