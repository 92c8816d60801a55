package import ChaosPlan

extension Objective {
    /// Where its credit reaches zero, the default where it states none.
    package var creditFloor: Double { Judge.floor(of: self) }
}
