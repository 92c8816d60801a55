import ChaosPlan
import Testing

/// promises.yaml against the list of promises that the fleet was conceived with, and against what the scenarios cite.
@Suite struct PromiseTests {
    /// Every row of the fleet's promises, and the ids that stand for it. Some rows promise several things at once.
    static let rows: [(row: String, ids: [String])] = [
        ("agents", ["fleet-agents", "fleet-migrated"]),
        ("hub", ["fleet-hub-pair"]),
        ("metrics", ["fleet-metrics"]),
        ("availability", ["availability", "availability-aim", "hub-availability", "availability-week"]),
        ("resilience score", ["resilience-score"]),
        ("response time", ["response-time", "error-ratio", "response-time-increase"]),
        ("agent failover", ["agent-failover-detect", "agent-failover", "agent-failover-validate"]),
        ("service failover", ["service-failover-detect", "service-failover"]),
        (
            "cross-machine failover",
            ["cross-machine-failover-detect", "cross-machine-failover", "cross-machine-failover-state"]
        ),
        ("hub failover", ["hub-failover", "hub-failover-aim"]),
        (
            "automatic recovery",
            ["automatic-recovery", "automatic-recovery-worst", "automatic-recovery-worst-aim"]
        ),
        (
            "partition",
            [
                "partition-detect", "partition-serve-both", "partition-buffering", "partition-agree",
                "partition-conflicts", "partition-durations",
            ]
        ),
        ("cross-machine sync", ["cross-machine-sync", "cross-machine-latency", "communication-failure"]),
        ("data", ["data-no-loss", "data-order", "data-delivery", "data-replicas-agree"]),
        (
            "circuit breaker",
            [
                "breaker-opens", "breaker-stays-open", "breaker-closes", "breaker-critical-timeout",
                "breaker-fallback", "breaker-status", "breaker-override", "zero-cascades",
            ]
        ),
        (
            "breaker by class",
            ["breaker-class-model", "breaker-class-database", "breaker-class-agent", "breaker-class-external"]
        ),
        (
            "service discovery",
            [
                "discovery-registered", "discovery-latency", "discovery-availability", "discovery-local-cache",
                "discovery-shared-cache",
            ]
        ),
        ("resources", ["resources-cpu", "resources-memory", "disk-headroom", "resilience-overhead"]),
        ("logs", ["logs-rotation", "logs-retention", "logs-disk-levels"]),
        ("security", ["security-hidden", "security-rotation", "security-encryption"]),
        ("alerts", ["alerts-right", "alerts-false"]),
        ("automated rollback", ["rollback-time", "rollback-trigger"]),
        (
            "rollback drills",
            ["drill-component", "drill-change", "drill-agent-back", "drill-partition-handling-off"]
        ),
        ("migration", ["migration-staged", "migration-zero-downtime", "migration-validated"]),
        ("alert levels", ["alert-levels"]),
        ("readiness", ["readiness"]),
    ]

    private static func book() throws -> [PromiseBook.Promise] {
        let text = try #require(Catalogue.text("promises.yaml"))
        let (book, problems) = PromiseBook.read(text: text, file: "promises.yaml")
        #expect(problems == [])
        return try #require(book).promises
    }

    /// Ids that an objective of a scenario cites, with one of the scenarios.
    private static func cited() throws -> [String: String] {
        var cited: [String: String] = [:]
        for entry in Catalogue.all {
            for objective in try Catalogue.plan(entry).objectives {
                if let promise = objective.promise { cited[promise] = entry.title }
            }
        }
        return cited
    }

    @Test func `every row of the promises is in the book, and nothing else`() throws {
        let ids = try Self.book().map(\.id)
        #expect(Set(ids) == Set(Self.rows.flatMap(\.ids)))
        #expect(ids.count == Set(ids).count, "an id stands twice")
    }

    @Test func `what is put to the test is cited by an objective, and nothing else is`() throws {
        let cited = try Self.cited()
        for promise in try Self.book() {
            #expect(
                (cited[promise.id] != nil) == promise.tested,
                "\(promise.id): tested \(promise.tested), cited by \(cited[promise.id] ?? "nobody")")
        }
    }

    @Test func `every promise that an objective cites exists`() throws {
        let known = Set(try Self.book().map(\.id))
        for (promise, title) in try Self.cited() { #expect(known.contains(promise), "\(promise), cited by \(title)") }
    }

    @Test func `what is not put to the test has a reason`() throws {
        for promise in try Self.book() where !promise.tested {
            #expect(promise.reason.count >= 20 && promise.reason.hasSuffix("."), "\(promise.id): \(promise.reason)")
        }
        #expect(try Self.book().filter(\.tested).allSatisfy { $0.reason.isEmpty })
    }

    @Test func `the fleet is as it was promised`() throws {
        let fleet = try Catalogue.plan(Entry(name: "hub-failover")).fleet
        let hosts = fleet.hosts.map(\.name)
        #expect(hosts == ["MainPC", "PC2"] && fleet.agents.count == 77)
        #expect(hosts.indices.map { host in fleet.agents.count { $0.host == host } } == [37, 40])
        #expect(fleet.hubs.map(\.name) == ["CentralHub", "EdgeHub"] && fleet.hubs.map(\.host) == [0, 1])
        let ports = Dictionary(uniqueKeysWithValues: fleet.agents.map { ($0.name, $0.port) })
        #expect(ports["TutorAgent"] == 7108 && ports["TutoringAgent"] == 7131 && ports["TutoringServiceAgent"] == 7130)
        for name in ["ModelManagerAgent", "MemoryDecayManager", "EnhancedContextualMemory"] {
            #expect(ports.keys.contains(name))
        }
    }
}
