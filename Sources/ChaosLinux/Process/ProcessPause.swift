/// Stops processes and lets them go on.
enum ProcessPause {
    static func payResume(_ process: ProcessIdentity) -> Payment { .owed("not built yet") }
}
