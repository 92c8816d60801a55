import Foundation

/// Each measurement runs in a process of its own, so that none inherits another's memory, caches or peak.
struct Child {
    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    var status: Int32
    var output: String

    /// Output as `name=value` lines.
    var values: [String: String] {
        var values: [String: String] = [:]
        for line in output.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        return values
    }

    func number(_ name: String) throws(Failed) -> Double {
        guard let text = values[name], let number = Double(text) else {
            throw Failed(description: "no `\(name)` in the measurement: \(output)")
        }
        return number
    }

    static func run(_ program: String, _ arguments: [String]) throws -> Child {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Child(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }

    /// This program again, as `measure …`.
    static func measure(_ arguments: String...) throws -> Child { try measure(arguments) }

    static func measure(_ arguments: [String]) throws -> Child {
        let child = try run("/proc/self/exe", ["measure"] + arguments)
        guard child.status == 0 else {
            throw Failed(description: "measure \(arguments.joined(separator: " ")) failed: \(child.output)")
        }
        return child
    }
}
