import ChaosPlan
import Testing

@Suite("Journal hash")
struct JournalHashTests {
    @Test func `the cuts between updates do not matter`() {
        var random = JournalRandomRecords(seed: 11)
        for seed in 0..<200 {
            let bytes = (0..<random.below(100)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            var whole = JournalHash()
            whole.update(bytes)
            var pieces = JournalHash()
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = min(rest.count, 1 + random.below(20))
                pieces.update(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(pieces.value == whole.value, "seed 11, case \(seed)")
        }
    }

    @Test func `one changed bit, a swap and a trailing zero change the value`() {
        let bytes = Array("{\"t\":35000000000,\"ev\":\"up\",\"s\":12}\n".utf8)
        func hash(_ bytes: [UInt8]) -> UInt64 {
            var hash = JournalHash()
            hash.update(bytes)
            return hash.value
        }
        var seen: Set<UInt64> = [hash(bytes), hash(bytes + [0]), hash(bytes + [0, 0])]
        for at in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[at] ^= 1 << UInt8(bit)
                seen.insert(hash(changed))
            }
        }
        #expect(seen.count == 3 + bytes.count * 8)
    }

    @Test func `the value is fixed for good`() {
        // Stored baselines and replays compare it across versions and machines.
        var hash = JournalHash()
        #expect(hash.text == "6f8553223df91f46")
        hash.update(Array("gauntlet".utf8))
        #expect(hash.text == "ff6d562b61002253")
    }
}
