/// Recorded once from the engine; a change here is a change of replay and needs a new engine version.
enum GoldenValues {
    static let constant: UInt64 = 2_203_044_855_956_801_597
    static let exponential: UInt64 = 9_953_164_214_278_613_891
    static let lognormal: UInt64 = 5_951_073_478_281_389_030
    static let draws: [UInt64] = [7_860_215_163_799_845_577, 7_101_141_825_544_881_125, 6_674_050_288_295_817_627]
    static let bounded: [Int64] = [426, 384, 361, 610, 832, 975]
}
