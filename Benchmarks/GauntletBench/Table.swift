import Foundation

/// `bound | measured | ok?`, printed as it is measured: some lines take a minute.
struct Table {
    private var missed = 0
    private var judged = 0

    mutating func head(_ title: String) {
        write("\n\(title)\n")
        line("bound", "measured", "ok?")
    }

    mutating func line(_ bound: String, _ measured: String, holds: Bool? = nil) {
        var verdict = ""
        if let holds {
            judged += 1
            if !holds { missed += 1 }
            verdict = holds ? "ok" : "MISSED"
        }
        line(bound, measured, verdict)
    }

    private func line(_ bound: String, _ measured: String, _ verdict: String) {
        let left = bound.count < 58 ? bound.padding(toLength: 58, withPad: " ", startingAt: 0) : bound + " "
        let middle = measured.count < 44 ? measured.padding(toLength: 44, withPad: " ", startingAt: 0) : measured + " "
        write("  \(left)| \(middle)| \(verdict)\n")
    }

    func end() { write("\n\(judged - missed) of \(judged) bounds hold\(missed > 0 ? ", \(missed) MISSED" : "")\n") }

    /// Unbuffered, so that a line is seen when it is measured.
    private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}

extension Double {
    func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }

    /// Its middle value; the bench is run on machines that do other things too.
    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
