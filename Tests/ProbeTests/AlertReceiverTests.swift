import ChaosFleet
import ChaosHTTP
import Foundation
import NIOPosix
import Testing
import gauntlet_probe

@Suite("The receiver of alerts")
struct AlertReceiverTests {
    /// As Alertmanager 0.25 writes it.
    static let message = """
        {"receiver":"gauntlet","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"InstanceDown","host":"PC2",\
        "instance":"TutorAgent","job":"fleet"},"annotations":{"summary":"TutorAgent gives no metrics"},\
        "startsAt":"2024-01-05T12:00:03.5Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://x/graph","fingerprint":"c0"},\
        {"status":"resolved","labels":{"alertname":"BreakerOpen","edge":"A>B, both"},"annotations":{},\
        "startsAt":"2024-01-05T12:00:00Z","endsAt":"2024-01-05T12:00:09Z","generatorURL":"","fingerprint":"c1"}],\
        "groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://y","version":"4","groupKey":"{}:{}",\
        "truncatedAlerts":0}
        """

    static func post(_ body: String) -> (lines: [String], response: HTTPResponse) {
        AlertReceiver.receive(HTTPRequest(method: "POST", path: "/alerts", body: Array(body.utf8)), now: 77)
    }

    @Test func `each alert of a message is a line, with all its labels`() {
        let (lines, response) = Self.post(Self.message)
        #expect(response.status == 200)
        #expect(
            lines == [
                "a\t77\tfiring\tInstanceDown\thost=PC2,instance=TutorAgent,job=fleet\t2024-01-05T12:00:03.5Z",
                "a\t77\tresolved\tBreakerOpen\tedge=A>B\\, both\t2024-01-05T12:00:00Z",
            ])
        #expect(AlertLine(lines[1])?.labels == ["edge=A>B, both"])
    }

    @Test(arguments: [
        ("", "no JSON"), ("{", "no JSON"), ("[]", "of another kind"), ("{\"version\":\"4\"}", "no alerts"),
        ("{\"version\":4,\"alerts\":[]}", "version is of another kind"),
        ("{\"version\":\"3\",\"alerts\":[]}", "only 4 is known"),
        ("{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"labels\":{}}]}", "without an alertname"),
        (
            "{\"version\":\"4\",\"alerts\":[{\"status\":\"odd\",\"labels\":{\"alertname\":\"A\\nb\"}}]}",
            "neither firing"
        ),
    ])
    func `what is no message is refused and told`(body: String, reason: String) {
        let (lines, response) = Self.post(body)
        #expect(response.status == 400)
        #expect(lines.count == 1 && lines[0].hasPrefix("e\t") && lines[0].contains(reason), "\(lines)")
        #expect(!lines[0].contains("\n"))
    }

    @Test func `a message without end is refused, and only posts are taken`() {
        let (lines, response) = Self.post(String(repeating: " ", count: AlertReceiver.largestMessage + 1))
        #expect(response.status == 413 && lines.count == 1)
        let got = AlertReceiver.receive(HTTPRequest(method: "GET", path: "/alerts"), now: 1)
        #expect(got.response.status == 405 && got.lines == [])
    }

    @Test func `a line of any labels comes back as it was`() {
        for labels in [[], ["a=b"], ["a=", "b=,", "c=\\"], ["a=\\,\\\\", "ü=🛰️"]] as [[String]] {
            let line = AlertLine(time: 1, isFiring: true, name: "N", labels: labels, startsAt: "")
            #expect(AlertLine(line.text) == line)
        }
        #expect(
            AlertLine("a\t1\tfiring\t\t\t") == nil && AlertLine("e\tno") == nil && AlertLine("a\t1\tsoon\tN\t\t") == nil
        )
        let odd = AlertLine(time: 1, isFiring: false, name: "a\tb", labels: ["c=d\ne"], startsAt: "x")
        #expect(AlertLine(odd.text)?.labels == ["c=d e"])
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"), "curl is not installed"))
    func `over a socket too`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try HTTPServer.start(on: group, host: "127.0.0.1", port: 0) { request, responder in
            responder.respond(AlertReceiver.receive(request, now: 5).response)
        }
        defer { server.close() }
        func curl(_ body: String) throws -> String {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/curl")
            process.arguments = [
                "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20", "--data-binary", body,
                "http://127.0.0.1:\(server.port)/alerts",
            ]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            process.waitUntilExit()
            return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }
        #expect(try curl(Self.message) == "200")
        #expect(try curl("nonsense") == "400")
    }
}
