extension UInt64 {
    /// The largest integer whose square does not exceed this number (Newton's method from above).
    package var squareRootDown: UInt64 {
        if self < 2 { return self }
        // Twice the root's magnitude at most, so the first step already lands close and stays above the root.
        var root: UInt64 = 1 << UInt64((64 - leadingZeroBitCount + 1) / 2)
        while true {
            let next = (root + self / root) / 2
            if next >= root { return root }
            root = next
        }
    }
}

extension UInt128 {
    /// The square root rounded down, exact below 2^64 and to about one part in 2^31 above.
    ///
    /// A full 128-bit root needs 128-bit divisions, which cost more than everything else in a detector together.
    package var approximateSquareRoot: UInt64 {
        let excess = 64 - leadingZeroBitCount
        guard excess > 0 else { return UInt64(self).squareRootDown }
        let half = (excess + 1) / 2
        return UInt64(truncatingIfNeeded: self >> UInt128(2 * half)).squareRootDown << UInt64(half)
    }
}
