/// Comparing secrets without telling by the time it takes how much of a guess was right.
enum ConstantTime {
    static func equal(_ secret: [UInt8], _ candidate: [UInt8]) -> Bool {
        // As long as the secret, whatever was given: only the secret's own length shows, and that is no secret.
        var difference = UInt(bitPattern: secret.count ^ candidate.count)
        for index in secret.indices {
            let other = index < candidate.count ? candidate[index] : 0
            difference |= UInt(secret[index] ^ other)
        }
        return difference == 0
    }
}
