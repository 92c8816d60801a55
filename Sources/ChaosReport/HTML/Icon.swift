package import ChaosScore

/// Verdicts as shapes: a tick, a cross, a question mark; colour only repeats them.
package enum Icon {
    package static func judgement(_ judgement: Judgement) -> Markup {
        switch judgement {
        case .held: draw("held", tick)
        case .missed: draw("missed", cross)
        case .inconclusive: draw("unsure", question)
        }
    }

    package static func verdict(_ verdict: Verdict) -> Markup {
        switch verdict {
        case .held: draw("held", tick)
        case .deviated: draw("missed", cross)
        case .inconclusive: draw("unsure", question)
        }
    }

    package static func word(_ verdict: Verdict) -> String {
        switch verdict {
        case .held: "Held"
        case .deviated: "Deviated"
        case .inconclusive: "Inconclusive"
        }
    }

    package static func name(_ verdict: Verdict) -> Markup {
        switch verdict {
        case .held: "held"
        case .deviated: "missed"
        case .inconclusive: "unsure"
        }
    }

    private static let tick: Markup = "<path d=\"M6.6 12.4l3.6 3.6 7.2-7.8\"/>"
    private static let cross: Markup = "<path d=\"M8 8l8 8M16 8l-8 8\"/>"
    private static let question: Markup =
        "<path d=\"M9.2 9.4a2.9 2.9 0 1 1 4.3 2.6c-.9.5-1.4 1-1.4 2\"/><path d=\"M12.1 17h0\"/>"

    private static func draw(_ name: Markup, _ shape: Markup) -> Markup {
        "<svg class=\"icon \(name)\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"11\"/>\(shape)</svg>"
    }
}
