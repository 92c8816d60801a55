import ChaosNotify
import ChaosPlan
import Foundation
import Testing

@Suite struct ConfigurationTests {
    static let good = """
        gauntlet-notifications: 1
        source: staging
        rules:
          - { on: [invariant-broken, not-reverted], level: 3 }
          - { on: run-ended, verdict: deviated, scenario: "hub-*", world: live, level: 2 }
          - { on: budget-spent, at-least: 80%, level: 2 }
          - { on: budget-spent, at-least: 50%, level: 1 }
          - { on: run-ended, verdict: [deviated, inconclusive], level: 1 }
        routes:
          - { level: 1, to: [hook] }
          - { level: 2, to: [hook, pager] }
          - { level: 3, to: [hook, pager, ops] }
        receivers:
          - { name: hook, kind: webhook, url: "http://127.0.0.1:9/hook", secret-file: key }
          - { name: pager, kind: pagerduty, routing-key-file: key, timeout: 5s }
          - { name: ops, kind: slack, url-file: slack }

        """

    private func folder() throws -> Folder {
        let folder = try Folder()
        try folder.write("0123456789abcdef\n", to: "key")
        try folder.write("https://hooks.slack.com/services/T0/B0/swordfish\n", to: "slack")
        return folder
    }

    @Test("the first rule that fits decides an event's level")
    func levels() throws {
        let configuration = try folder().configuration(Self.good)
        #expect(configuration.level(of: deviated()) == .critical)
        #expect(configuration.level(of: held) == nil)
        var other = hubRun
        other.world = "simulated"
        let simulated = NotificationEvent.runEnded(other, verdict: "deviated", score: 1, coverage: 1)
        #expect(configuration.level(of: simulated) == .ops)
        #expect(configuration.level(of: .invariantBroken(hubRun, invariants: [])) == .incident)
        let spendings: [(Double, Level?)] = [(49.9, nil), (50, .ops), (79.99, .ops), (80, .critical), (250, .critical)]
        for (spent, level) in spendings {
            #expect(
                configuration.level(of: .budgetSpent(fleet: "f", world: "live", spent: spent, allowed: 100)) == level,
                "\(spent)")
        }
    }

    @Test(
        "a pattern's stars stand for any letters",
        arguments: [
            ("hub-failover", "*", true), ("hub-failover", "hub-*", true), ("hub-failover", "*over", true),
            ("hub-failover", "h*f*r", true), ("hub-failover", "hub", false), ("hub-failover", "*-*-*", false),
            ("", "*", true), ("a", "", false), ("partition@2min", "partition@*", true), ("aab", "*ab", true),
        ])
    func patterns(name: String, pattern: String, fits: Bool) {
        #expect(Rule.fits(name, pattern) == fits)
    }

    @Test("all problems are named at once, each with its place and what would be right")
    func problems() throws {
        let folder = try folder()
        try folder.write("open to all", to: "loose", mode: 0o644)
        try folder.write("", to: "empty")
        try folder.write("http://hooks.example.com/swordfish", to: "plain")
        let text = """
            gauntlet-notifications: 1
            rules:
              - { on: run-endde, level: 1 }
              - { on: run-missed, verdict: held, level: 3 }
              - { on: run-lost, at-least: 5%, level: 4 }
            routes:
              - { level: 1, to: [hok] }
              - { level: 1, to: [hook] }
            receivers:
              - { name: hook, kind: webhook, url: "ftp://host/" }
              - { name: hook, kind: webhook, url: "https://me:swordfish@host/" }
              - { name: none, kind: webhook, url: "https://a/", url-file: loose }
              - { name: pager, kind: pagerduty, routing-key-file: loose }
              - { name: slack, kind: slack, url-file: plain, url: x }
              - { name: gone, kind: slack, url-file: missing }
              - { name: void, kind: slack, url-file: empty }

            """
        let (configuration, problems) = NotifyConfiguration.read(text: text, file: "\(folder.path)/n.yaml")
        #expect(configuration == nil)
        let shape = problems.map(\.description)
        // What does not fit its shape comes first: the checks behind it need sound values.
        #expect(shape.contains { $0.contains("n.yaml:3:") && $0.contains("run-endde") && $0.contains("`run-ended`?") })
        #expect(shape.contains { $0.contains("n.yaml:5:") && $0.contains("`4` is too large") })
        #expect(shape.contains { $0.contains("n.yaml:14:") && $0.contains("`url`") })
        #expect(shape.count == 3, "\(shape)")

        let sound = text.replacing("run-endde", with: "run-ended").replacing("level: 4", with: "level: 2")
            .replacing(", url: x", with: "")
        let second = NotifyConfiguration.read(text: sound, file: "\(folder.path)/n.yaml").1.map(\.description)
        let wanted: [(Int, String, String)] = [
            (4, "`verdict` fits no event but `run-ended`", ""), (4, "level 3 has no route", "routes"),
            (5, "`at-least` fits no event but `budget-spent`", ""), (5, "level 2 has no route", ""),
            (7, "no receiver `hok`", "did you mean `hook`?"), (8, "level 1 has two routes", ""),
            (10, "neither https nor http", "https://host/path"), (11, "holds a password", "url-file"),
            (11, "two receivers are named `hook`", ""), (12, "both `url` and `url-file`", ""),
            (13, "can be read or written by others than its owner", "chmod 600"),
            (14, "would carry a secret over plain http", "one address"), (15, "No such file", ""),
            (16, "has nothing in it", "one line"),
        ]
        for (line, what, hint) in wanted {
            #expect(
                second.contains {
                    $0.contains("n.yaml:\(line):") && $0.contains(what) && (hint.isEmpty || $0.contains(hint))
                },
                "line \(line): \(what)\n\(second.joined(separator: "\n"))")
        }
        #expect(second.allSatisfy { !$0.contains("swordfish") }, "\(second)")
    }

    @Test("an empty file and a receiver without a route are told too")
    func smallProblems() throws {
        let empty = NotifyConfiguration.read(text: " \n", file: "n.yaml")
        #expect(empty.0 == nil)
        #expect(
            empty.1.map(\.description) == [
                "n.yaml:1:1: error: the file is empty; a notification file begins with `gauntlet-notifications: 1`"
            ])
        let folder = try folder()
        let text = Self.good.replacing("hook, pager, ops]", with: "hook, pager]")
        let (configuration, problems) = NotifyConfiguration.read(text: text, file: "\(folder.path)/n.yaml")
        #expect(configuration != nil)
        #expect(problems.map(\.severity) == [.warning])
        #expect(problems.first?.message == "no route leads to `ops`")
    }

    @Test(
        "a secret's file is for its owner alone and holds one line",
        arguments: [0o640, 0o604, 0o660, 0o622] as [mode_t])
    func permissions(mode: mode_t) throws {
        let folder = try folder()
        let path = try folder.write("swordfish", to: "secret", mode: mode)
        #expect { try SecretFile.read(path) } throws: { error in
            let fault = error as? SecretFile.Fault
            return fault?.message.contains("others than its owner") == true && fault?.hint == "chmod 600 \(path)"
        }
        try folder.write("one\ntwo", to: "secret")
        #expect(throws: SecretFile.Fault.self) { try SecretFile.read(path) }
        try folder.write("  swordfish \n", to: "secret")
        #expect(try SecretFile.read(path).text == "swordfish")
        #expect(throws: SecretFile.Fault.self) { try SecretFile.read(folder.path) }
    }

    @Test("a secret says nothing of itself when it is printed")
    func printing() throws {
        let folder = try folder()
        let secret = try SecretFile.read("\(folder.path)/key")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
            #expect(!text.contains("0123456789abcdef"), "\(text)")
        }
    }
}
