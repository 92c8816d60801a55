import ChaosCalendar

/// Cron by looking at each minute: slow, plain, and written without the code under test.
struct NaiveCron {
    private var fields: [(numbers: Set<Int>, isStar: Bool)]

    /// Numbers only.
    init(_ text: String) {
        let ranges = [0...59, 0...23, 1...31, 1...12, 0...6]
        fields = zip(text.split(separator: " "), ranges).map { field, range in
            var numbers: Set<Int> = []
            for item in field.split(separator: ",") {
                let parts = item.split(separator: "/")
                let ends =
                    parts[0] == "*"
                    ? [range.lowerBound, range.upperBound] : parts[0].split(separator: "-").map { Int($0) ?? 0 }
                let step = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
                var number = ends[0]
                while number <= ends[ends.count - 1] {
                    numbers.insert(number)
                    number += step
                }
            }
            return (numbers, field.hasPrefix("*"))
        }
    }

    private func fits(_ local: Int64) -> Bool {
        let day = CivilDay(number: local.floorDivided(by: 86_400))
        let second = Int(local - day.number * 86_400)
        let parts = day.parts
        guard fields[0].numbers.contains(second / 60 % 60), fields[1].numbers.contains(second / 3600),
            fields[3].numbers.contains(parts.month)
        else { return false }
        let byDay = fields[2].numbers.contains(parts.day)
        let byWeekday = fields[4].numbers.contains(day.weekday)
        return fields[2].isStar || fields[4].isStar ? byDay && byWeekday : byDay || byWeekday
    }

    /// All due instants in a range of whole minutes, by walking through it.
    func all(from: Int64, to: Int64, in zone: ZoneTime) -> [Int64] {
        let isEveryHour = fields[1].numbers.count == 24
        let repeats = isEveryHour || fields[0].isStar
        // From two days before, to know what has been on the clocks already.
        var highest = Int64.min
        var last: Int64?
        var due: [Int64] = []
        for instant in stride(from: from - 2 * 86_400, to: to, by: 60) {
            let local = zone.local(of: instant)
            var isDue = fits(local) && (local > highest || repeats)
            if let last, local > last + 60, !isEveryHour {
                isDue = isDue || stride(from: max(last, highest) + 60, to: local, by: 60).contains { fits($0) }
            }
            highest = max(highest, local)
            last = local
            if isDue, instant >= from { due.append(instant) }
        }
        return due
    }
}
