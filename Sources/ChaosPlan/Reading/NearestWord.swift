/// Finds what a misspelt word was meant to be.
package enum NearestWord {
    /// The known word with the fewest edits, if few enough to be a slip; the first of equals.
    package static func find(_ word: String, among known: [String]) -> String? {
        // A pasted paragraph is nobody's slip, and the distance is quadratic.
        guard word.utf8.count <= 64 else { return nil }
        let limit = Swift.max(1, word.count / 3)
        var best: (word: String, distance: Int)?
        for candidate in known where abs(candidate.count - word.count) <= limit {
            let distance = distance(Array(word.lowercased()), Array(candidate.lowercased()))
            if distance <= limit, distance < (best?.distance ?? .max) { best = (candidate, distance) }
        }
        return best?.word
    }

    /// What to print as a hint: the nearest word, else the known ones.
    package static func hint(_ word: String, among known: [String]) -> String {
        if let nearest = find(word, among: known) { return "did you mean `\(nearest)`?" }
        guard !known.isEmpty else { return "none is known here" }
        let shown = known.prefix(24).joined(separator: ", ")
        return "known: \(shown)\(known.count > 24 ? ", … (\(known.count) in all)" : "")"
    }

    /// Damerau-Levenshtein (optimal string alignment): insertions, deletions, substitutions and swaps of neighbours.
    static func distance(_ a: [Character], _ b: [Character]) -> Int {
        if a.isEmpty || b.isEmpty { return Swift.max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [Int](repeating: i, count: b.count + 1)
            for j in 1...b.count {
                let cost = a[i - 1] == b[j - 1] ? 0 : 1
                row[j] = Swift.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = Swift.min(row[j], beforeLast[j - 2] + 1)
                }
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
