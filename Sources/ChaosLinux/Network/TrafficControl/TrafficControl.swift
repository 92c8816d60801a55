/// Qdiscs, classes and filters through libnl-route.
enum TrafficControl {
    static func payQdisc(link: LinkIdentity, parent: UInt32, handle: UInt32, kind: String) -> Payment {
        .owed("not built yet")
    }

    static func payRestore(link: LinkIdentity, description: String) -> Payment { .owed("not built yet") }

    static func payLink(_ link: LinkIdentity) -> Payment { .owed("not built yet") }
}
