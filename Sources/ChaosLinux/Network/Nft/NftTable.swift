/// An nftables table of ours.
enum NftTable {
    static func pay(family: String, name: String, owner: ProcessIdentity) -> Payment { .owed("not built yet") }
}
