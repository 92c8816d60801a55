import ChaosPlan

/// Service times of mean one as a table of quantiles in fixed point (2^-20): sampling is a look-up and an interpolation in
/// integers. The tables are built once with + − × ÷ only, so they are the same on every machine (no libm).
package struct Distribution: @unchecked Sendable {
    package enum Shape: Sendable { case constant, exponential, lognormal }

    package static let constant = Distribution(.constant)
    package static let exponential = Distribution(.exponential)
    package static let lognormal = Distribution(.lognormal)

    package static let one: Int64 = 1 << 20
    private static let cells = 4096

    /// Quantiles at i / cells, i in 0 ... cells − 1, and one closing value. Written once, never freed: there are three.
    private let quantiles: UnsafePointer<Int64>
    private let shape: Shape

    private init(_ shape: Shape) {
        self.shape = shape
        let table: [Int64]
        switch shape {
        case .constant: table = []
        case .exponential:
            // The last cell is open-ended: memorylessness says that what lies beyond is the boundary plus a fresh draw.
            table = (0..<Self.cells).map { i in
                Int64(-Self.logarithm(1 - Double(i) / Double(Self.cells)) * Double(Self.one))
            }
        case .lognormal:
            // σ = 0.5: p99 is about 2.8 times the mean. The tail beyond the table's last quantile is cut.
            let sigma = 0.5
            let raw = (0...Self.cells).map { i in
                let u = min(max(Double(i) / Double(Self.cells), 0.5 / Double(Self.cells)), 1 - 0.5 / Double(Self.cells))
                return Self.exponentiated(sigma * Self.normalQuantile(u))
            }
            var mean = 0.0
            for i in 0..<Self.cells { mean += (raw[i] + raw[i + 1]) / 2 / Double(Self.cells) }
            table = raw.map { Int64($0 / mean * Double(Self.one)) }
        }
        let memory = UnsafeMutablePointer<Int64>.allocate(capacity: max(1, table.count))
        memory.initialize(from: table, count: table.count)
        quantiles = UnsafePointer(memory)
    }

    /// A value of mean `mean`, from 64 random bits.
    @inline(__always)
    package func sample(mean: Int64, random: UInt64) -> Int64 {
        switch shape {
        case .constant: return mean
        case .lognormal, .exponential: return (mean &* scaled(random)) >> 20
        }
    }

    @inline(__always)
    private func scaled(_ random: UInt64) -> Int64 {
        let cell = Int(random >> 52)
        if shape == .exponential, cell == Self.cells - 1 {
            return beyond(random)
        }
        let fraction = Int64((random >> 20) & 0xFFFF_FFFF)
        let low = quantiles[cell]
        return low &+ ((quantiles[cell &+ 1] &- low) &* fraction) >> 32
    }

    /// Apart, so that the recursion does not keep the usual case from being inlined.
    @inline(never)
    private func beyond(_ random: UInt64) -> Int64 {
        quantiles[Self.cells - 1] &+ scaled(Stream.mix(random &+ 0x9E37_79B9_7F4A_7C15))
    }

    /// ln x for x in (0, 1], by 2·artanh((x − 1)/(x + 1)) after halving into [0.5, 1].
    static func logarithm(_ x: Double) -> Double {
        precondition(x > 0 && x <= 1, "out of range")
        var x = x
        var halvings = 0.0
        while x < 0.5 {
            x *= 2
            halvings += 1
        }
        let y = (x - 1) / (x + 1)
        var term = y
        var sum = 0.0
        var n = 1.0
        while n < 60 {
            sum += term / n
            term *= y * y
            n += 2
        }
        return 2 * sum - halvings * 0.693_147_180_559_945_3
    }

    /// e^x for small |x|, by its series after halving.
    static func exponentiated(_ x: Double) -> Double {
        let halved = x / 16
        var term = 1.0
        var sum = 1.0
        var n = 1.0
        while n < 30 {
            term *= halved / n
            sum += term
            n += 1
        }
        for _ in 0..<4 { sum *= sum }
        return sum
    }

    /// The normal quantile by bisection on the series of its distribution function (good to 1e-9 within ±6).
    static func normalQuantile(_ p: Double) -> Double {
        var low = -6.0
        var high = 6.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if normalDistribution(middle) < p { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    private static func normalDistribution(_ x: Double) -> Double {
        // 1/2 + φ(x)·(x + x³/3 + x⁵/15 + …)
        var term = x
        var sum = x
        var n = 1.0
        while n < 400 {
            n += 2
            term *= x * x / n
            sum += term
            if term < 1e-18, term > -1e-18 { break }
        }
        return 0.5 + 0.398_942_280_401_432_7 * exponentiated(-x * x / 2) * sum
    }
}
