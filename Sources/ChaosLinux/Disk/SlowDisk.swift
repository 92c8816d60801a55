/// Slow and failing I/O below a directory.
enum SlowDisk {
    static func payMount(path: String, source: String) -> Payment { .owed("not built yet") }
}
