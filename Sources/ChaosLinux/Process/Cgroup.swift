/// Control groups, version 1 and 2.
enum Cgroup {
    static func payThaw(path: String, inode: UInt64) -> Payment { .owed("not built yet") }

    static func payControlFile(path: String, inode: UInt64, was: String) -> Payment { .owed("not built yet") }

    static func payCgroup(path: String, inode: UInt64, home: String) -> Payment { .owed("not built yet") }
}
