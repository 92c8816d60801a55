// swift-tools-version: 6.2
import PackageDescription

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

for target in package.targets {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ]
}
