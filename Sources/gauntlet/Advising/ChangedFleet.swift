import ChaosCompare
import ChaosPlan

/// A fleet file with a change in it; all else in it stays as it is, its comments too.
struct ChangedFleet {
    let text: String

    /// Throws where a fleet file cannot hold the change: it then is for `--set` alone.
    init(_ change: PolicyChange, of subject: AdviceSubject) throws(Failure) {
        guard let file = subject.fleet else {
            throw Failure(.invalidPlan, "the run's files hold no fleet")
        }
        do throws(FleetText.Failure) {
            let old = try FleetText(file.text, file: file.path)
            var values: [String: String] = [:]
            for setting in change.settings {
                guard setting.path.hasPrefix("fleet.") else {
                    throw FleetText.Failure(description: "`\(setting.path)` is a value of the scenario")
                }
                let path = Self.path(setting.path)
                values[path] = Self.value(setting, written: old.value(at: path) ?? "")
            }
            text = try old.replacing(values).text
        } catch {
            throw Failure(
                .invalidPlan, "\(error.description); no fleet file can hold the change, use the --set words above")
        }
        // A scenario may set the same value itself, and then the file's would not count.
        let wanted = subject.read(change.overrides).plan?.fleet.digest
        guard let wanted, subject.read([], fleet: text).plan?.fleet.digest == wanted else {
            throw Failure(
                .invalidPlan,
                "the scenario, its variant or a --set puts another value in its place, so a fleet file cannot hold the change; use the --set words above"
            )
        }
    }

    /// `fleet.calls[3].share` as `FleetText` takes it: `calls.3.share`.
    private static func path(_ path: String) -> String {
        path.dropFirst("fleet.".count).split(whereSeparator: { ".[]".contains($0) }).joined(separator: ".")
    }

    /// The new value is neither promised nor measured, whatever the old one was: it is assumed, within what was tried.
    private static func value(_ setting: PolicyChange.Setting, written: String) -> String {
        guard setting.source != nil, let (new, kind) = ScalarText.quantity(of: setting.to),
            let old = ScalarText.quantity(of: setting.from)?.value
        else { return setting.to }
        var (low, high) = (min(old, new), max(old, new))
        if let range = written.split(separator: "assumed ").last?.prefix(while: { $0 != ")" }),
            setting.source == .assumed, let dots = range.firstRange(of: ".."),
            let from = ScalarText.quantity(of: String(range[..<dots.lowerBound]))?.value,
            let to = ScalarText.quantity(of: String(range[dots.upperBound...]))?.value
        {
            (low, high) = (min(low, from), max(high, to))
        }
        return
            "\(setting.to) (assumed \(ScalarText.show(low, kind))..\(ScalarText.show(high, kind)))"
    }
}
