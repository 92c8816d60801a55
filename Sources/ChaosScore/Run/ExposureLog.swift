import ChaosPlan

/// What audits looked at, and what they found.
struct ExposureLog {
    private var found: Set<Exposure> = []
    private var looked: Set<Exposure.Place> = []

    /// The same credential at the same place is one, however often it is found.
    mutating func consume(_ exposure: Exposure) { found.insert(exposure) }

    mutating func audited(_ place: Exposure.Place, count: Int) {
        if count > 0 { looked.insert(place) }
    }

    /// Nothing found shows nothing of a place where nobody could look; what is found, is.
    var measurement: Measurement {
        let missing = Exposure.Place.allCases.filter { !looked.contains($0) }
        if found.isEmpty, missing.count == Exposure.Place.allCases.count {
            return .none("nothing was audited: only a live fleet has processes to look at")
        }
        if found.isEmpty, let place = missing.first { return .none("no \(place.rawValue) could be looked at") }
        let first = found.sorted {
            ($0.place.rawValue, $0.location, $0.what) < ($1.place.rawValue, $1.location, $1.what)
        }
        .prefix(3).map { "\($0.what) in \($0.place.rawValue) \($0.location)" }
        return .value(
            Double(found.count), note: first.joined(separator: ", ") + (found.count > first.count ? ", …" : ""))
    }
}
