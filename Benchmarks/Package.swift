// swift-tools-version: 6.2
import PackageDescription

// `Sources` is a link to the product's own: it is measured as it stands, and needs no library products for that. The root
// manifest stays free of benchmarks. Targets and settings must be those of the root manifest.
let package = Package(
    name: "gauntlet-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .target(name: "ChaosPlan", dependencies: ["Yams"]),
        .target(name: "ChaosResilience"),
        .target(name: "ChaosRun", dependencies: ["ChaosPlan"]),
        .target(
            name: "ChaosFleet", dependencies: ["ChaosPlan", "ChaosResilience"],
            linkerSettings: [.linkedLibrary("crypt", .when(platforms: [.linux]))]),
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
        .executableTarget(
            name: "gauntlet-bench",
            dependencies: ["ChaosPlan", "ChaosRun", "ChaosSim", "ChaosScore", "ChaosCompare", "ChaosHistory"],
            path: "GauntletBench"),
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
