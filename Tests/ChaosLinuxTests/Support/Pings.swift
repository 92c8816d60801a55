import Testing

/// What the program `ping` reports.
struct Pings {
    var sent = 0
    /// Each request once.
    var received = 0
    /// Answers that came another time.
    var duplicates = 0
    /// Answers whose contents had changed.
    var corrupted = 0
    /// In the order of arrival, without duplicates: the requests' numbers, and times there and back in ms.
    var sequence: [Int] = []
    var times: [Double] = []

    init(_ output: String) {
        for line in output.split(separator: "\n") {
            if line.contains("wrong data byte") { corrupted += 1 }
            if let number = line.firstMatch(of: /icmp_seq=([0-9]+)/).flatMap({ Int($0.1) }),
                let time = line.firstMatch(of: /time=([0-9.]+)/).flatMap({ Double($0.1) })
            {
                if line.contains("DUP!") {
                    duplicates += 1
                } else {
                    sequence.append(number)
                    times.append(time)
                }
            }
            if let total = line.firstMatch(of: /([0-9]+) packets transmitted, ([0-9]+) received/) {
                (sent, received) = (Int(total.1) ?? 0, Int(total.2) ?? 0)
            }
        }
    }

    var median: Double { times.sorted()[times.count / 2] }
    /// How often a later request was answered first.
    var overtaken: Int { zip(sequence, sequence.dropFirst()).count { $0 > $1 } }
}

extension TestHost {
    /// Pings another host, `seconds` apart.
    func ping(_ other: TestHost, _ count: Int, every seconds: String = "0.005", _ more: String...) throws -> Pings {
        let ping = ["ping", "-n", "-c", "\(count)", "-i", seconds, "-W", "1"]
        let output = try Shell.run(entering + ping + more + [other.address]).output
        let pings = Pings(output)
        try #require(pings.sent == count, "\(output)")
        return pings
    }
}
