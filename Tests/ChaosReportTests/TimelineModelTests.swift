import ChaosPlan
import ChaosReport
import ReportSamples
import Testing

@Suite struct TimelineModelTests {
    private func header(hours: Int64) -> JournalHeader {
        Sample.header(
            scenario: "t", phases: Phases(baseline: 0, faults: hours * .hour, recovery: 0),
            faults: [JournalHeader.FaultEntry(id: "f", faultID: "f", kind: "kill", duration: .second)])
    }

    private func timeline(hours: Int64, _ records: [(Nanoseconds, JournalEvent)]) -> Timeline {
        var model = TimelineModel(header: header(hours: hours))
        for (time, event) in records { model.consume(JournalRecord(time: time, event: event)) }
        model.consume(JournalRecord(time: hours * .hour, event: .end))
        return model.finish()
    }

    @Test func aSecondInAWeekKeepsItsFullDepth() {
        let start = 50 * Nanoseconds.hour
        let timeline = timeline(
            hours: 168,
            (0..<40).map { (start, .availability(subject: $0, up: false)) }
                + (0..<40).map { (start + .second, .availability(subject: $0, up: true)) })
        let bin = Int(start / timeline.pointWidth)
        #expect(timeline.uptime[bin]?.min == 37.0 / 77)
        #expect((timeline.uptime[bin]?.mean ?? 0) > 0.999)
        #expect(timeline.uptime.enumerated().allSatisfy { $0.offset == bin || $0.element?.min == 1 })
    }

    private func load(_ host: Int?, _ cpu: Int64, disk: Int64? = nil) -> JournalEvent {
        .load(
            HostLoad(
                host: host, cpu: Share(partsPerMillion: cpu), memory: 1 << 30, memoryTotal: 4 << 30,
                disk: disk.map { Share(partsPerMillion: $0) }))
    }

    @Test func aLookAtAHostSpeaksOfTheTimeSinceTheLookBefore() throws {
        let timeline = timeline(
            hours: 1,
            (1...60).flatMap { second in
                let time = Nanoseconds(second) * 10 * .second
                return [(time, load(nil, 100_000)), (time, load(1, second == 30 ? 970_000 : 200_000, disk: 500_000))]
            })
        #expect(timeline.loads.map(\.host) == [1, nil])
        let lane = try #require(timeline.loads.first)
        #expect(lane.cpu.peak == 0.97 && lane.memory.peak == 0.25 && lane.disk.peak == 0.5)
        #expect(lane.busy == 10 * .second)
        #expect(timeline.loads[1].disk.peak == nil)
        // 4.5 s a bin: two or three of them for each look, without a gap from the first to the last.
        let known = lane.cpu.shares.indices.filter { lane.cpu.shares[$0] != nil }
        #expect(known == Array(Int(10 * .second / timeline.pointWidth)...Int(600 * .second / timeline.pointWidth)))
        #expect((2...3).contains(lane.cpu.shares.count { $0 == 0.97 }))
    }

    @Test func onlyAHostThatWasShortOfSomethingIsWorthAWord() {
        let calm = timeline(hours: 1, [(0, load(0, 100_000)), (.second, load(0, 990_000)), (2 * .second, load(0, 0))])
        #expect(HostLoadWords.notable(calm, header(hours: 1)) == [])
        let busy = timeline(
            hours: 1,
            (0...12).map { ($0 * .second, load(0, 970_000)) } + [(0, load(1, 0, disk: 960_000)), (0, load(nil, 0))])
        #expect(
            HostLoadWords.notable(busy, header(hours: 1)) == [
                "MainPC: CPU 97 % at most, above 90 % for 12 s", "PC2: disk 96 % at most",
            ])
    }

    @Test func theWorstWindowOfABinIsKeptQuantileByQuantile() {
        func window(_ latency: Nanoseconds, succeeded: Int) -> JournalEvent {
            .window(
                RequestWindow(
                    kind: .requests, group: 0, length: .second, requests: 10, succeeded: succeeded,
                    latency: [BucketCount(bucket: LatencyHistogram.bucket(of: latency), count: succeeded)]))
        }
        let timeline = timeline(
            hours: 168,
            (0..<60).map { ($0 * .second, window($0 == 30 ? .second : .millisecond, succeeded: $0 == 31 ? 4 : 10)) })
        #expect(timeline.latency.count == 1)
        #expect(timeline.latency[0].p99 ?? 0 >= .second)
        #expect(timeline.latency[0].success == 0.4)
        #expect(timeline.success[0] == 0.4)
    }

    @Test func theGroupsOfOneWindowAreMergedBeforeAnyQuantile() {
        func window(_ group: Int, _ latency: Nanoseconds, _ count: Int) -> (Nanoseconds, JournalEvent) {
            (
                0,
                .window(
                    RequestWindow(
                        kind: .requests, group: group, length: .minute, requests: count, succeeded: count,
                        latency: [BucketCount(bucket: LatencyHistogram.bucket(of: latency), count: count)]))
            )
        }
        let timeline = timeline(hours: 1, [window(0, .millisecond, 900), window(1, .second, 100)])
        #expect((timeline.latency[0].p50 ?? 0) < 2 * .millisecond)
        #expect((timeline.latency[0].p99 ?? 0) >= .second)
        #expect(timeline.latency[0].requests == 1_000)
    }

    @Test func aSecondOfFailuresCountsAgainstEverythingThatWasDue() {
        let timeline = timeline(
            hours: 1,
            (0..<77).map { (60 * .second, .subjectWindow(subject: $0, length: .second, requests: 2, succeeded: 1)) })
        #expect(timeline.success.compactMap(\.self).isEmpty == false)
        #expect(timeline.success.compactMap(\.self).min() == 0.5)
    }

    @Test func noListGrowsWithTheJournal() {
        let event = MechanismEvent(
            mechanism: .breaker, role: .change, by: "a>b", about: "b", from: "closed", to: "open")
        let many = (0..<5_000).map { (Nanoseconds($0) * .second, JournalEvent.mechanism(event)) }
        let broken = (0..<5_000).map {
            (Nanoseconds($0) * .second, JournalEvent.violation(invariant: "i", subject: "s", detail: "d"))
        }
        let timeline = timeline(hours: 168, many + broken)
        #expect(timeline.transitionCount == 5_000)
        #expect(timeline.transitions.count <= 1_000)
        #expect(timeline.lanes.map(\.total) == [5_000])
        #expect(timeline.violationCount == 5_000)
        #expect(timeline.violations.count <= 1_000)
        #expect(timeline.uptime.count <= 1_000)
        #expect(timeline.rows.allSatisfy { $0.down.count <= 1_000 })
    }

    @Test("Single outages and transitions are kept to a millionth of the run, and none where there are too many")
    func detailIsKeptWithinItsLimit() {
        let start = 50 * Nanoseconds.hour
        let week = timeline(
            hours: 168,
            [(start, .availability(subject: 3, up: false)), (start + 3 * .second, .availability(subject: 3, up: true))])
        let quantum = week.detail.quantum
        #expect(quantum == 604_800 * .microsecond)
        let outage = week.detail.outages?.first
        #expect(week.detail.outages?.count == 1)
        #expect(outage?.subject == 3)
        #expect(abs(Nanoseconds(outage?.start ?? 0) * quantum - start) <= quantum)
        #expect(abs(Nanoseconds((outage?.end ?? 0) - (outage?.start ?? 0)) * quantum - 3 * .second) <= quantum)
        let flapping = timeline(
            hours: 168, (0..<70_000).map { ($0 * .second, .availability(subject: 0, up: !$0.isMultiple(of: 2))) })
        #expect(flapping.detail.outages == nil)
        #expect(flapping.rows.contains { $0.outages == 35_000 })
    }

    @Test func rowsStandByHostAndGroupAndAnOpenOutageEndsWithTheJournal() {
        let timeline = timeline(hours: 1, [(30 * .minute, .availability(subject: 76, up: false))])
        #expect(timeline.rows.map(\.subject) == Array(0..<77))
        #expect(timeline.rows[76].total == 30 * .minute)
        #expect(timeline.rows[76].down.last == 1)
        #expect(timeline.uptime.last??.min == 76.0 / 77)
    }

    @Test func afterAnAbortNothingIsKnown() {
        var model = TimelineModel(header: header(hours: 1))
        model.consume(JournalRecord(time: 6 * .minute, event: .abort(rule: "availability below 50%")))
        let timeline = model.finish()
        #expect(timeline.abort?.detail == "availability below 50%")
        #expect(timeline.uptime.count { $0 != nil } == 80)
    }

    @Test func divergenceIsASpanFromTheFirstDifferenceToTheAgreement() {
        let timeline = timeline(
            hours: 1,
            [
                (1 * .minute, .hub(.diverged)), (2 * .minute, .hub(.agreed(conflicts: 3))),
                (50 * .minute, .hub(.diverged)),
            ])
        #expect(timeline.diverged.map(\.start) == [1 * .minute, 50 * .minute])
        #expect(timeline.diverged.map(\.end) == [2 * .minute, nil])
        #expect(timeline.diverged.map(\.conflicts) == [3, 0])
    }
}
