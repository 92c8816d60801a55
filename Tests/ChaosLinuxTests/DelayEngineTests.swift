import ChaosLinux
import ChaosPlan
import Testing

/// The delay engine's parts that need no kernel.
@Suite struct DelayEngineTests {
    // MARK: - Packets

    /// A packet with a payload of `count` bytes and the right checksum, computed over one flat copy.
    private func packet(_ transport: UInt8, v6: Bool, payload count: Int, options: Int = 0) -> [UInt8] {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        var segment: [UInt8]
        let checksum: Int
        switch transport {
        case 6:
            segment = [0x1F, 0x90, 0x9C, 0x40, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0x18, 1, 0, 0, 0, 0, 0]
            segment += [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]
            checksum = 16
        case 17:
            segment = [0x1F, 0x90, 0x9C, 0x40, UInt8((8 + count) >> 8), UInt8((8 + count) & 255), 0, 0]
            checksum = 6
        default:
            segment = [v6 ? 128 : 8, 0, 0, 0, 0x12, 0x34, 0, 1]
            checksum = 2
        }
        segment += payload
        let from: [UInt8] = v6 ? [0xFD, 0x77] + [UInt8](repeating: 0, count: 13) + [1] : [10, 77, 0, 1]
        let to: [UInt8] = v6 ? [0xFD, 0x77] + [UInt8](repeating: 0, count: 13) + [2] : [10, 77, 0, 2]
        let sum = sum(segment, transport, from, to)
        segment[checksum] = UInt8(sum >> 8)
        segment[checksum + 1] = UInt8(sum & 255)
        let length = segment.count + options
        if v6 {
            let extensions =
                options == 0 ? [] : [transport, UInt8(options / 8 - 1)] + [UInt8](repeating: 0, count: options - 2)
            return [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 255), options == 0 ? transport : 60, 64]
                + from + to + extensions + segment
        }
        let header = 20 + options
        return [
            UInt8(0x40 + header / 4), 0, UInt8((header + segment.count) >> 8), UInt8((header + segment.count) & 255), 0,
            7,
            0x40, 0, 64, transport, 0, 0,
        ] + from + to + [UInt8](repeating: 1, count: options) + segment
    }

    /// What belongs into a field that is 0 now; 0 over a segment whose field is right.
    private func sum(_ segment: [UInt8], _ transport: UInt8, _ from: [UInt8], _ to: [UInt8]) -> Int {
        var flat = segment
        if transport != 1 {
            flat = from + to + [0, transport, UInt8(segment.count >> 8), UInt8(segment.count & 255)] + segment
        }
        if flat.count % 2 == 1 { flat.append(0) }
        var sum = stride(from: 0, to: flat.count, by: 2).reduce(0) { $0 + Int(flat[$1]) << 8 + Int(flat[$1 + 1]) }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~sum & 0xFFFF
    }

    private func isRight(_ packet: [UInt8], segment start: Int, _ transport: UInt8) -> Bool {
        let v6 = packet[0] >> 4 == 6
        let addresses = v6 ? (8..<24, 24..<40) : (12..<16, 16..<20)
        return sum(Array(packet[start...]), transport, Array(packet[addresses.0]), Array(packet[addresses.1])) == 0
    }

    private func flipped(_ packet: [UInt8], _ choice: UInt64, repairing: Bool) -> [UInt8]? {
        var copy = packet
        let changed = copy.withUnsafeMutableBufferPointer {
            PacketBytes(bytes: $0).flip(choice, repairing: repairing)
        }
        if !changed { #expect(copy == packet, "said to be unchanged") }
        return changed ? copy : nil
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var transport: UInt8
        var v6: Bool
        var header: Int
        var checksum: Int
        var testDescription: String { "protocol \(transport) over IPv\(v6 ? 6 : 4)" }
    }

    static let cases = [
        Case(transport: 6, v6: false, header: 32, checksum: 16), Case(transport: 6, v6: true, header: 32, checksum: 16),
        Case(transport: 17, v6: false, header: 8, checksum: 6), Case(transport: 17, v6: true, header: 8, checksum: 6),
        Case(transport: 1, v6: false, header: 8, checksum: 2), Case(transport: 58, v6: true, header: 8, checksum: 2),
    ]

    @Test(arguments: cases) func oneBitOfThePayloadFlipsAndTheChecksumIsRightAgain(_ example: Case) throws {
        for size in [1, 2, 7, 8, 64, 1_401] {
            for options in [0, 8] {
                let before = packet(example.transport, v6: example.v6, payload: size, options: options)
                let start = (example.v6 ? 40 : 20) + options
                #expect(isRight(before, segment: start, example.transport))
                for choice in [0, 1 << 62, UInt64.max / 3, .max] {
                    let after = try #require(flipped(before, choice, repairing: true))
                    #expect(isRight(after, segment: start, example.transport))
                    let changed = before.indices.filter { before[$0] != after[$0] }
                    let payload = changed.filter { $0 >= start + example.header }
                    let field = start + example.checksum
                    #expect(payload.count == 1)
                    #expect(changed.allSatisfy { payload.contains($0) || $0 == field || $0 == field + 1 })
                    let index = try #require(payload.first)
                    #expect((before[index] ^ after[index]).nonzeroBitCount == 1)
                }
            }
        }
    }

    @Test(arguments: cases) func withoutRepairTheChecksumIsWrong(_ example: Case) throws {
        let before = packet(example.transport, v6: example.v6, payload: 99)
        let after = try #require(flipped(before, 12_345 << 40, repairing: false))
        #expect(!isRight(after, segment: example.v6 ? 40 : 20, example.transport))
        #expect(before.indices.filter { before[$0] != after[$0] }.count == 1)
    }

    @Test func aUDPPacketWithoutAChecksumStaysWithoutOneOrGetsAWrongOne() throws {
        var before = packet(17, v6: false, payload: 32)
        before[26] = 0
        before[27] = 0
        let visible = try #require(flipped(before, 1 << 60, repairing: true))
        #expect(visible[26...27] == [0, 0])
        let hidden = try #require(flipped(before, 1 << 60, repairing: false))
        #expect(hidden[26...27] != [0, 0])
        #expect(!isRight(hidden, segment: 20, 17))
    }

    @Test func whatHasNoPayloadOrIsNotUnderstoodStaysAsItIs() {
        #expect(flipped(packet(6, v6: false, payload: 0), 5, repairing: true) == nil)
        #expect(flipped(packet(132, v6: false, payload: 20), 5, repairing: true) == nil)
        var fragment = packet(17, v6: false, payload: 64)
        fragment[6] = 0x20
        #expect(flipped(fragment, 5, repairing: true) == nil)
        fragment[6] = 0
        fragment[7] = 8
        #expect(flipped(fragment, 5, repairing: true) == nil)
        var second = packet(17, v6: true, payload: 64)
        second[6] = 44
        #expect(flipped(second, 5, repairing: true) == nil)
        #expect(flipped([], 5, repairing: true) == nil)
    }

    @Test func cutAndGarbledPacketsNeverTouchWhatIsNotTheirs() {
        for example in Self.cases {
            let whole = packet(example.transport, v6: example.v6, payload: 40, options: 8)
            for length in whole.indices { _ = flipped(Array(whole[..<length]), .max, repairing: true) }
            let noise = Draw(seed: 7, purpose: .init("noise"), entity: UInt64(example.transport))
            for round in 0..<2_000 as Range<UInt64> {
                var garbled = whole
                for change in 0..<3 as Range<UInt64> {
                    let draw = noise[round * 3 + change]
                    garbled[Int(draw % UInt64(min(60, garbled.count)))] = UInt8(truncatingIfNeeded: draw >> 32)
                }
                _ = flipped(garbled, noise[round], repairing: round % 2 == 0)
            }
        }
    }

    // MARK: - Messages

    @Test func aVerdictHasTheKernelsBytes() {
        var verdicts = QueueMessage.Verdicts(queue: 1_025)
        verdicts.append(.accept, upTo: 0x0102_0304)
        verdicts.append(.drop, on: 5)
        [9, 8, 7].withUnsafeBufferPointer { verdicts.append(accepting: 6, as: $0) }
        let header: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 12, 0, 2, 0]
        let bytes = Array(verdicts.bytes)
        #expect(
            bytes == [32, 0, 0, 0, 3, 3] + header + [0, 0, 0, 1, 1, 2, 3, 4]
                + [32, 0, 0, 0, 1, 3] + header + [0, 0, 0, 0, 0, 0, 0, 5]
                + [40, 0, 0, 0, 1, 3] + header + [0, 0, 0, 1, 0, 0, 0, 6] + [7, 0, 10, 0, 9, 8, 7, 0])
        verdicts.removeAll()
        let count = verdicts.count
        #expect(count == 0)
        let isFull = verdicts.isFull(forPayloadOf: 65_535)
        #expect(!isFull)
    }

    @Test func requestsHaveTheKernelsBytes() {
        #expect(
            QueueMessage.command(.bind, queue: 1_024) == [28, 0, 0, 0, 2, 3, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0]
                + [8, 0, 1, 0, 1, 0, 0, 0])
        let settings = QueueMessage.settings(
            queue: 1_024, copy: .packet, length: 131_072, flags: [.failOpen, .wholeSegments])
        #expect(
            Array(settings[20...]) == [9, 0, 2, 0, 0, 0, 0xFF, 0xFF, 2, 0, 0, 0] + [8, 0, 3, 0, 0, 2, 0, 0]
                + [8, 0, 4, 0, 0, 0, 0, 5] + [8, 0, 5, 0, 0, 0, 0, 5])
        #expect(Int(settings[0]) == settings.count)
    }

    @Test func packetsAreReadFromADatagramAndCutOnesAreNot() {
        let attributes: [UInt8] =
            [11, 0, 1, 0, 0, 0, 1, 2, 8, 0, 3, 0] + [8, 0, 6, 0, 0, 0, 0, 9] + [8, 0, 5, 0, 0, 0, 0, 4]
            + [6, 0, 10, 0, 0x45, 0x11, 0, 0]
        let message = [UInt8(20 + attributes.count), 0, 0, 0, 0, 3] + [UInt8](repeating: 0, count: 14) + attributes
        func read(_ bytes: [UInt8]) -> [(id: UInt32, hook: UInt8, link: UInt32, payload: [UInt8])] {
            var found: [(id: UInt32, hook: UInt8, link: UInt32, payload: [UInt8])] = []
            var copy = bytes
            copy.withUnsafeMutableBytes { buffer in
                QueueMessage.forEachPacket(buffer) { found.append(($0.id, $0.hook, $0.link, Array($0.payload))) }
            }
            return found
        }
        let two = read(message + message)
        #expect(two.count == 2)
        #expect(two.first.map { $0 == (0x102, 3, 4, [0x45, 0x11]) } == true)
        for length in 0..<message.count - 2 { #expect(read(Array(message[..<length])).isEmpty) }
        var wrong = message
        wrong[20] = 0xFF
        #expect(read(wrong).isEmpty)
    }

    // MARK: - Decisions

    @Test func heldPacketsComeOutByInstantAndThenByArrival() {
        let draw = Draw(seed: 3, purpose: .init("heap"), entity: 0)
        var heap = ReleaseHeap(capacity: 2)
        var expected: [ReleaseHeap.Held] = []
        for order in 0..<5_000 as Range<UInt64> {
            let held = ReleaseHeap.Held(
                release: draw.uniform(order, below: 700 as Int64), order: order, id: UInt32(order))
            heap.insert(held)
            expected.append(held)
        }
        expected.sort { ($0.release, $0.order) < ($1.release, $1.order) }
        var out: [ReleaseHeap.Held] = []
        while let next = heap.removeFirst(dueAt: 500) { out.append(next) }
        #expect(out == expected.filter { $0.release <= 500 })
        let (count, first) = (heap.count, heap.first)
        #expect(count == expected.count - out.count)
        #expect(first == expected.first { $0.release > 500 })
    }

    @Test func theSameSeedGivesTheSameFatesAndAnotherGivesOthers() {
        var treatment = QueueTreatment(
            delay: 10_000_000, variation: 4_000_000, loss: Share(partsPerMillion: 100_000), seed: 42)
        func fates() -> [PacketChance.Fate] { (0..<500).map { PacketChance(treatment).fate(of: $0) } }
        let first = fates()
        #expect(first == fates())
        treatment.duplicate = Share(partsPerMillion: 500_000)
        #expect(first.map(\.delay) == fates().map(\.delay), "another treatment shifts no draw")
        treatment.seed = 43
        #expect(first != fates())
        #expect(QueueTreatment.seed(of: "f1") != QueueTreatment.seed(of: "f2"))
    }

    @Test func sharesAndDelaysAreAsWritten() {
        let treatment = QueueTreatment(
            delay: 50_000_000, variation: 10_000_000,
            reorder: .init(share: Share(partsPerMillion: 250_000), by: 20_000_000),
            duplicate: Share(partsPerMillion: 10_000), corrupt: .init(share: Share(partsPerMillion: 100_000)),
            loss: Share(partsPerMillion: 200_000), seed: 1)
        let fates = (0..<100_000).map { PacketChance(treatment).fate(of: $0) }
        func share(_ count: Int, of whole: Int) -> Double { Double(count) / Double(whole) }
        let kept = fates.filter { !$0.isLost }
        #expect(abs(share(fates.count - kept.count, of: fates.count) - 0.2) < 0.01)
        #expect(abs(share(kept.count(where: \.isReordered), of: kept.count) - 0.25) < 0.01)
        #expect(abs(share(kept.count(where: \.isDuplicated), of: kept.count) - 0.01) < 0.002)
        #expect(abs(share(kept.count(where: \.isCorrupted), of: kept.count) - 0.1) < 0.01)
        let plain = kept.filter { !$0.isReordered }.map(\.delay)
        #expect(plain.allSatisfy { (50_000_000..<60_000_000).contains($0) })
        #expect(kept.filter(\.isReordered).allSatisfy { (70_000_000..<80_000_000).contains($0.delay) })
        let mean = plain.reduce(0, +) / Int64(plain.count)
        #expect(abs(mean - 55_000_000) < 100_000)
    }

    @Test func theNormalVariationHasItsMeanAndDeviationAndIsNeverNegative() {
        var treatment = QueueTreatment(delay: 50_000_000, variation: 5_000_000, distribution: .normal, seed: 9)
        let delays = (0..<50_000).map { Double(PacketChance(treatment).fate(of: $0).delay) / 1e6 }
        let mean = delays.reduce(0, +) / Double(delays.count)
        let deviation = (delays.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(delays.count)).squareRoot()
        #expect(abs(mean - 50) < 0.1)
        #expect(abs(deviation - 5) < 0.1)
        treatment.variation = 60_000_000
        #expect((0..<10_000).allSatisfy { PacketChance(treatment).fate(of: $0).delay >= 0 })
    }

    @Test func reorderingByNothingLetsAShareOvertakeWhatTheDelayHolds() {
        let treatment = QueueTreatment(
            delay: 50_000_000, reorder: .init(share: Share(partsPerMillion: 500_000), by: 0), seed: 2)
        #expect(Set((0..<100).map { PacketChance(treatment).fate(of: $0).delay }) == [0, 50_000_000])
    }

    @Test func aTreatmentSurvivesTheEnginesCommandLine() {
        let treatments = [
            QueueTreatment(delay: 1, seed: .max),
            QueueTreatment(
                delay: 50_000_000, variation: 3, distribution: .normal, keepsOrder: true,
                reorder: .init(share: Share(partsPerMillion: 5), by: 6), duplicate: Share(partsPerMillion: 7),
                corrupt: .init(share: Share(partsPerMillion: 8), isVisible: false), loss: Share(partsPerMillion: 9),
                seed: 1 << 63),
        ]
        for treatment in treatments { #expect(QueueTreatment(words: treatment.words) == treatment) }
        #expect(QueueTreatment(words: ["delay=5"]) == nil)
        #expect(QueueTreatment(words: treatments[0].words + ["more=1"]) == nil)
        #expect(QueueTreatment(words: treatments[0].words.map { $0 == "loss=0" ? "loss=x" : $0 }) == nil)
    }

    @Test func whatIsWrongWithATreatmentIsSaidInOneError() {
        func problem(_ treatment: QueueTreatment) -> String {
            do {
                try treatment.check()
                return ""
            } catch {
                return error.message
            }
        }
        #expect(problem(QueueTreatment(delay: 1)) == "")
        #expect(problem(QueueTreatment()).contains("does nothing"))
        #expect(problem(QueueTreatment(delay: -1)).contains("`delay`"))
        #expect(problem(QueueTreatment(delay: 61 * .second)).contains("`delay`"))
        #expect(problem(QueueTreatment(loss: Share(partsPerMillion: 1_000_001))).contains("share"))
        #expect(problem(QueueTreatment(reorder: .init(share: .whole, by: 0))).contains("`by`"))
    }

    @Test func evidenceSaysWhatIsDone() {
        let treatment = QueueTreatment(
            delay: 50_000_000, variation: 1_500_000,
            reorder: .init(share: Share(partsPerMillion: 50_000), by: 20_000_000),
            duplicate: Share(partsPerMillion: 500), corrupt: .init(share: .whole, isVisible: false))
        #expect(
            treatment.text
                == "delay 50ms + 0…1500us, reorder 5% by 20ms, duplicate 0.05%, corrupt 100% (checksum left wrong)")
        var counts = QueueCounts()
        counts.arrived = 12
        counts.missed = 1
        #expect(counts.text == "12 packets, 1 passed untreated (engine behind)")
        #expect(QueueCounts(words: counts.words) == counts)
        #expect(QueueCounts(words: "1 2 3") == nil)
    }

    @Test func theKernelsListOfQueuesIsRead() {
        let text =
            " 1024  28972     3 1     0     2     5      412  1\n    7   -911     0 2 65531     0     0        0  1\n"
        #expect(
            QueueNumbers.read(text).first == QueueNumbers.Entry(number: 1_024, portid: 28_972, waiting: 3, dropped: 7))
    }

    @Test func anEnginesAnswersAreRead() {
        #expect(EngineProcess.Answer("ready 412 real-time") == .ready(portid: 412, isRealTime: true))
        #expect(EngineProcess.Answer("failed binding: no") == .failed("binding: no"))
        #expect(EngineProcess.Answer("pong \(QueueCounts().words)") == .counts(QueueCounts()))
        #expect(EngineProcess.Answer("pong 1") == nil)
        #expect(EngineProcess.Answer("") == nil)
    }
}
