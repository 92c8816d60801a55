/// Recorded once from the engine; a change here is a change of replay and needs a new engine version.
enum GoldenValues {
    static let constant: UInt64 = 5_075_421_354_713_338_454
    static let exponential: UInt64 = 18_060_263_504_536_957_926
    static let lognormal: UInt64 = 4_424_181_556_481_588_253
    static let draws: [UInt64] = [12_069_350_106_481_372_614, 1_537_178_997_112_715_363, 17_256_974_085_860_444_033]
    static let bounded: [Int64] = [654, 83, 935, 14, 578, 385]
}
