import ChaosLinux
import Foundation
import Testing

/// Requests spoilt at random: the executor's reader must answer each with an error that says where, or read it.
@Suite struct RequestFuzzTests {
    private static let sound = [
        #"{"id":1,"op":"hello","version":1,"run":"night","lease":"2s","control":["10.0.0.1:22","[fd00::1]:22"]}"#,
        #"{"id":2,"op":"inject","fault":{"id":"f","kind":"partition","peers":["10.1.0.0/16","fd00::2"],"mode":"reject"}}"#,
        #"{"id":3,"op":"inject","fault":{"id":"g","kind":"latency","peers":["10.1.0.2"],"delay":"50ms","variation":"5ms"}}"#,
        #"{"id":4,"op":"inject","fault":{"id":"h","kind":"pause","processes":{"pid":812}},"probes":[{"address":"10.0.0.1"}]}"#,
        #"{"id":5,"op":"revert","fault":"f"}"#, #"{"id":6,"op":"renew"}"#, #"{"id":7,"op":"status"}"#,
        #"{"id":8,"op":"probe","probes":[{"address":"10.0.0.1","port":80,"count":3}]}"#,
    ]

    @Test func noSpoiltRequestCrashesAndEveryRefusalSaysWhatIsWrong() {
        let seed = UInt64(ProcessInfo.processInfo.environment["GAUNTLET_FUZZ_SEED"] ?? "") ?? 20_26
        let count = Int(ProcessInfo.processInfo.environment["GAUNTLET_FUZZ"] ?? "") ?? 3_000
        var draw = SplitMix(state: seed)
        var read = 0
        for round in 0..<count {
            let line = spoil(Self.sound[Int(draw.next() % UInt64(Self.sound.count))], &draw)
            if let error = RequestSyntax.error(in: line) {
                #expect(
                    error.code == .malformed && !error.message.isEmpty,
                    "seed \(seed), round \(round): \(line.debugDescription)")
            } else {
                read += 1
            }
        }
        // A reader that refuses all, or none, is not being tested.
        #expect(read > 0 && read < count / 2, "\(read) of \(count) were read")
    }

    private func spoil(_ line: String, _ draw: inout SplitMix) -> String {
        var bytes = Array(line.utf8)
        for _ in 0...(draw.next() % 4) {
            guard !bytes.isEmpty else { return "" }
            let place = Int(draw.next() % UInt64(bytes.count))
            switch draw.next() % 6 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: draw.next())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8(truncatingIfNeeded: draw.next()), at: place)
            case 3: bytes.removeLast(min(bytes.count, Int(draw.next() % 20)))
            case 4: bytes.insert(contentsOf: Array(#"{"[]&*"#.utf8), at: place)
            default:
                let length = min(bytes.count - place, Int(draw.next() % 16))
                bytes.insert(contentsOf: bytes[place..<(place + length)], at: place)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
