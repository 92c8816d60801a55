import ChaosHistory
import ChaosPlan
import ChaosScore
import Foundation

/// Recorded runs as a table and as JSON.
enum RunTable {
    static func text(_ runs: [RunEntry]) -> String {
        var rows = [
            ["started (UTC)", "scenario", "world", "seed", "version", "verdict", "score", "user-uptime", "run"]
        ]
        for run in runs {
            rows.append([
                time(run.started), run.scenario, run.world, seeds(run), run.version, run.verdict,
                run.score.map { Quantity.decimal($0, places: 1) } ?? "–",
                Quantity.text(run.availability, unit: .share),
                run.pruned == nil ? run.directory : "pruned",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        // Numbers flush right, the last column as long as it is.
        let isNumber = [3: true, 6: true, 7: true]
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return isNumber[column] == true ? padding + cell : column == row.count - 1 ? cell : cell + padding
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }

    /// `2026-11-21 20:51`.
    static func time(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) \(two(parts.tm_hour)):\(two(parts.tm_min))"
    }

    static func seeds(_ run: RunEntry) -> String { run.seedCount == 1 ? "\(run.seed)" : "\(run.seedCount) seeds" }
}
