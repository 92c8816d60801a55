import ChaosPlan
import ChaosScore

/// Equal but for the last bits of a double.
func close(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
    a.map { abs($0 - b) <= tolerance * max(1, abs(b)) } ?? false
}

extension Scorecard {
    /// The result of the only objective, or of the one named.
    func result(_ id: String? = nil) -> ObjectiveResult {
        objectives.first { id == nil || $0.objective.id == id }!
    }
}
