/// Whether two rankings agree.
public enum Kendall {
    /// Kendall's τ-b: 1 for the same order, −1 for the reverse; ties on either side are taken out of the scale. Nil where
    /// there is no order to compare: fewer than two pairs, or one side all tied.
    public static func tau(_ pairs: [(Double, Double)]) -> Double? {
        var (concordant, discordant, tiedFirst, tiedSecond) = (0, 0, 0, 0)
        for i in pairs.indices {
            for j in pairs.indices where j > i {
                let first = sign(pairs[i].0 - pairs[j].0)
                let second = sign(pairs[i].1 - pairs[j].1)
                switch first * second {
                case 1: concordant += 1
                case -1: discordant += 1
                default:
                    if first == 0, second != 0 { tiedFirst += 1 }
                    if second == 0, first != 0 { tiedSecond += 1 }
                }
            }
        }
        let decided = concordant + discordant
        let scale = (Double(decided + tiedFirst) * Double(decided + tiedSecond)).squareRoot()
        return scale > 0 ? Double(concordant - discordant) / scale : nil
    }

    private static func sign(_ value: Double) -> Int { value > 0 ? 1 : value < 0 ? -1 : 0 }
}
