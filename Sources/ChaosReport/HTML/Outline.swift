/// The `d` of an SVG path, in a plot's own coordinates.
package struct Outline {
    package private(set) var d: Markup = .empty

    package init() {}

    package var isEmpty: Bool { d.source.isEmpty }

    package mutating func move(_ x: Double, _ y: Double) { d += "M\(x) \(y)" }
    package mutating func line(_ x: Double, _ y: Double) { d += "L\(x) \(y)" }
    package mutating func horizontal(_ x: Double) { d += "H\(x)" }
    package mutating func vertical(_ y: Double) { d += "V\(y)" }
    package mutating func close() { d += "Z" }

    package mutating func box(_ x: Double, _ y: Double, width: Double, height: Double) {
        d += "M\(x) \(y)h\(width)v\(height)h\(-width)Z"
    }

    /// A stroke of no length: with a round or square cap it is a mark that the stretched coordinates cannot deform.
    package mutating func dot(_ x: Double, _ y: Double) { d += "M\(x) \(y)h0" }

    /// A step line through equal bins; nil breaks it. Runs of one value become one stroke.
    package static func steps(_ values: [Double?], binWidth: Double, y: (Double) -> Double) -> Outline {
        var outline = Outline()
        var last: Double?
        for (bin, value) in values.enumerated() {
            let x = Double(bin) * binWidth
            switch (last, value) {
            case (nil, let value?): outline.move(x, y(value))
            case (let old?, let value?) where old != value:
                outline.horizontal(x)
                outline.vertical(y(value))
            case (.some, nil): outline.horizontal(x)
            default: break
            }
            last = value
        }
        if last != nil { outline.horizontal(Double(values.count) * binWidth) }
        return outline
    }
}
