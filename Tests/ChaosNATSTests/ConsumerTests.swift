import ChaosNATS
import Foundation
import Testing

@Suite(.enabled(if: TestServer.isInstalled, "nats-server is not installed"), .timeLimit(.minutes(5)))
struct ConsumerTests {
    private func publish(_ range: Range<Int>, on connection: NATSConnection) throws {
        let outcomes = Collected<PublishOutcome>()
        for counter in range {
            connection.publish(Array("\(counter)".utf8), to: "events.A", messageID: "A-\(counter)") { outcomes.add($0) }
        }
        #expect(outcomes.wait { $0.count == range.count })
        for outcome in outcomes.all { _ = try outcome.get() }
    }

    @Test("what was not acknowledged comes again and is counted; what was does not")
    func redelivery() throws {
        let server = try TestServer.single()
        let connection = try NATSConnection(NATSOptions(servers: [server.address], name: "test"))
        defer { connection.close() }
        let jetStream = try JetStream(connection)
        try jetStream.ensureStream(StreamConfiguration(name: "events", subjects: ["events.*"]))
        try publish(0..<10, on: connection)
        let consumer = try PullConsumer(
            jetStream, stream: "events", durable: "ledger",
            acknowledgement: .explicit(wait: 500_000_000, maxPending: 100))
        var first: [UInt64] = []
        while first.count < 10 {
            try consumer.fetch(10 - first.count, wait: 2000) {
                first.append($0.sequence)
                return $0.sequence != 4
            }
        }
        #expect(first == Array(1...10))
        var again: [StoredMessage] = []
        for _ in 0..<20 where again.isEmpty {
            try consumer.fetch(10, wait: 2000) {
                again.append($0)
                return true
            }
        }
        #expect(again.map(\.sequence) == [4])
        #expect(again.allSatisfy { $0.deliveries >= 2 })
        consumer.stop()
        // A durable consumer goes on where it was, for another object of the same name.
        try publish(10..<12, on: connection)
        let later = try PullConsumer(
            jetStream, stream: "events", durable: "ledger",
            acknowledgement: .explicit(wait: 500_000_000, maxPending: 100))
        var fresh: [UInt64] = []
        for _ in 0..<20 where fresh.count < 2 {
            try later.fetch(2, wait: 2000) {
                fresh.append($0.sequence)
                return true
            }
        }
        #expect(fresh == [11, 12])
    }

    @Test("a stream of many messages is read whole; an absent one is an error")
    func readsAll() throws {
        let server = try TestServer.single()
        let connection = try NATSConnection(NATSOptions(servers: [server.address], name: "test"))
        defer { connection.close() }
        let jetStream = try JetStream(connection)
        try jetStream.ensureStream(StreamConfiguration(name: "events", subjects: ["events.*"]))
        #expect(try jetStream.read("events") { _ in } == 0)
        try publish(0..<1700, on: connection)
        var sequences: [UInt64] = []
        #expect(try jetStream.read("events") { sequences.append($0.sequence) } == 1700)
        #expect(sequences == Array(1...1700))
        do throws(NATSFailure) {
            try jetStream.read("nothing") { _ in }
            Issue.record("read from a stream that is not there")
        } catch { #expect(error.kind == .notFound) }
    }
}
