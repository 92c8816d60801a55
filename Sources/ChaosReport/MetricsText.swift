/// Families of metrics as monitorings read them.
public struct MetricsText: Sendable {
    public enum Format: Hashable, Sendable {
        /// OpenMetrics 1.0 text (https://prometheus.io/docs/specs/om/open_metrics_spec/), which Prometheus' older text format takes
        /// too, so that one text serves a scrape, the Pushgateway and `promtool`. For that it has gauges alone: 0.0.4 knows no state
        /// sets and no infos, and what a run measured does not count on after it. A family without samples is left out.
        case openMetrics
        /// Prometheus' text format 0.0.4, of what is scraped while it goes on: gauges and counters. Each family is named, so that
        /// what has no sample yet is known to be there.
        case prometheus
    }

    /// One value with what tells it from the family's others.
    public struct Sample: Hashable, Sendable {
        public var labels: [(name: String, value: String)] { pairs.map { ($0.name, $0.value) } }
        public var value: Double
        private var pairs: [Pair]

        private struct Pair: Hashable, Sendable {
            var name: String
            var value: String
        }

        public init(_ value: Double, _ labels: [(name: String, value: String)] = []) {
            self.value = value
            pairs = labels.map { Pair(name: $0.name, value: $0.value) }
        }
    }

    private let format: Format
    /// On every sample, before its own.
    private let common: [(name: String, value: String)]
    private var lines: [String] = []
    private var names: Set<String> = []

    /// - Parameter common: labels that every sample has.
    public init(_ format: Format = .openMetrics, common: [(name: String, value: String)] = []) {
        self.format = format
        self.common = common
    }

    /// Adds a family of gauges; no value is better than an invented one where there is no sample.
    ///
    /// - Parameters:
    ///   - name: in base units, its unit last: `gauntlet_run_duration_seconds`. Each only once.
    ///   - unit: the name's end, where it has one.
    public mutating func gauge(_ name: String, unit: String? = nil, help: String, _ samples: [Sample]) {
        add(name, "gauge", unit: unit, help: help, samples)
    }

    /// Adds a family of counters, which only ever grow; not in OpenMetrics, where a family's name is another than its samples'.
    ///
    /// - Parameter name: ends with `_total`.
    public mutating func counter(_ name: String, help: String, _ samples: [Sample]) {
        precondition(format == .prometheus && name.hasSuffix("_total"), "\(name) is no counter of this format")
        add(name, "counter", unit: nil, help: help, samples)
    }

    private mutating func add(_ name: String, _ kind: String, unit: String?, help: String, _ samples: [Sample]) {
        guard !samples.isEmpty || format == .prometheus else { return }
        precondition(names.insert(name).inserted, "two families \(name)")
        precondition(unit.map { name.hasSuffix("_\($0)") } ?? true, "\(name) does not end with its unit")
        lines.append("# TYPE \(name) \(kind)")
        if let unit, format == .openMetrics { lines.append("# UNIT \(name) \(unit)") }
        lines.append("# HELP \(name) \(Self.escaped(help))")
        for sample in samples {
            let labels = (common + sample.labels).map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
            lines.append(
                "\(name)\(labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}") \(Self.number(sample.value))")
        }
    }

    /// The whole text.
    public var text: String { (format == .openMetrics ? lines + ["# EOF"] : lines).joined(separator: "\n") + "\n" }

    /// Backslash, quote and line feed, in label values and help alike.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += #"\\"#
            case "\"": out += #"\""#
            case "\n": out += #"\n"#
            // A carriage return ends a line for some readers and means nothing in a name.
            case "\r": out += " "
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Whole numbers without a point; else the shortest text that reads back as the same value.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), value.magnitude < 1e15 { return String(Int64(value)) }
        return value.description
    }
}
