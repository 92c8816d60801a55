import ChaosResilience
import Testing

@Suite struct DiskWatchTests {
    static let thresholds = DiskThresholds(warn: 80, act: 90, emergency: 95, hysteresis: 5)

    @Test func `levels rise at their thresholds and may skip one`() {
        var watch = DiskWatch(thresholds: Self.thresholds)
        #expect(watch.update(used: 799, capacity: 1000) == nil)
        #expect(watch.update(used: 800, capacity: 1000) == Transition(from: .normal, to: .warn))
        #expect(watch.update(used: 950, capacity: 1000) == Transition(from: .warn, to: .emergency))
    }

    @Test func `levels fall only below the threshold less the hysteresis`() {
        var watch = DiskWatch(thresholds: Self.thresholds)
        watch.update(used: 960, capacity: 1000)
        #expect(watch.update(used: 900, capacity: 1000) == nil)
        #expect(watch.update(used: 899, capacity: 1000) == Transition(from: .emergency, to: .act))
        #expect(watch.update(used: 850, capacity: 1000) == nil)
        #expect(watch.update(used: 849, capacity: 1000) == Transition(from: .act, to: .warn))
        #expect(watch.update(used: 750, capacity: 1000) == nil)
        #expect(watch.update(used: 749, capacity: 1000) == Transition(from: .warn, to: .normal))
        #expect(watch.update(used: 799, capacity: 1000) == nil)
    }

    @Test func `falling far takes the level that its own hysteresis still holds`() {
        var watch = DiskWatch(thresholds: Self.thresholds)
        watch.update(used: 960, capacity: 1000)
        #expect(watch.update(used: 760, capacity: 1000) == Transition(from: .emergency, to: .warn))
        #expect(watch.update(used: 0, capacity: 1000) == Transition(from: .warn, to: .normal))
    }
}

@Suite struct LogRotationTests {
    static func log(maxAge: Nanoseconds? = nil) -> LogRotation {
        LogRotation(
            policy: LogRotationPolicy(
                bytesPerFile: 100_000_000,
                keptFiles: 5,
                compressedPercent: 10,
                maxAge: maxAge,
                level: .info,
                emergencyLevel: .error
            )
        )
    }

    @Test func `a full file is rotated and compressed`() {
        var log = Self.log()
        #expect(log.append(99_999_999, level: .info, now: 0) == .init(rotated: 0, deleted: 0))
        #expect(log.append(2, level: .info, now: 0) == .init(rotated: 1, deleted: 0))
        #expect(log.activeBytes == 1 && log.rotatedFiles == 1 && log.bytesOnDisk == 10_000_001)
    }

    @Test func `only the newest files are kept and the disk stays bounded`() {
        var log = Self.log()
        #expect(log.append(700_000_050, level: .info, now: 0) == .init(rotated: 7, deleted: 2))
        #expect(log.bytesOnDisk == 50_000_050)
        #expect(log.append(1_000_000_000_000_000, level: .info, now: 0).rotated == 10_000_000)
        #expect(log.rotatedFiles == 5 && log.bytesOnDisk <= log.bytesAtMost)
    }

    @Test func `one large append equals many small ones`() {
        for seed: UInt64 in 0..<50 {
            var random = Random(seed: seed)
            var large = Self.log()
            var small = Self.log()
            for _ in 0..<10 {
                var events = LogRotation.Events()
                var total: Int64 = 0
                for _ in 0..<20 {
                    let bytes = Int64(random.below(90_000_000))
                    total += bytes
                    let step = small.append(bytes, level: .info, now: 0)
                    events.rotated += step.rotated
                    events.deleted += step.deleted
                }
                #expect(large.append(total, level: .info, now: 0) == events, "seed \(seed)")
                #expect(large == small, "seed \(seed)")
            }
        }
    }

    @Test func `files past their age are deleted`() {
        var log = Self.log(maxAge: 30 * s)
        log.append(200_000_000, level: .info, now: 0)
        log.append(100_000_000, level: .info, now: 10 * s)
        #expect(log.append(0, level: .info, now: 30 * s - 1).deleted == 0)
        #expect(log.append(0, level: .info, now: 30 * s).deleted == 2)
        #expect(log.rotatedFiles == 1)
    }

    @Test func `a failed write drops the log lines, counts them and leaves the files alone`() {
        var log = Self.log()
        log.append(1000, level: .info, now: 0)
        log.writeFailed(bytes: 300)
        log.writeFailed(bytes: 200)
        #expect(log.droppedBytes == 500 && log.failedWrites == 2 && log.bytesOnDisk == 1000)
    }

    @Test func `an emergency frees the rotated files and logs errors only, until it is over`() {
        var log = Self.log()
        log.append(350_000_000, level: .info, now: 0)
        #expect(log.relieve() == 30_000_000)
        #expect(log.bytesOnDisk == 50_000_000)
        log.append(7, level: .warning, now: 0)
        log.append(11, level: .error, now: 0)
        #expect(log.suppressedBytes == 7 && log.activeBytes == 50_000_011)
        log.restoreLevel()
        log.append(13, level: .info, now: 0)
        log.append(17, level: .debug, now: 0)
        #expect(log.suppressedBytes == 24 && log.activeBytes == 50_000_024)
    }
}
