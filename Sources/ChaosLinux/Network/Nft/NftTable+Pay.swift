import Glibc

extension NftTable {
    /// Deletes a table that a dead executor left: where the kernel knows no owners, or has not come to it yet.
    package static func pay(family: String, name: String, owner: ProcessIdentity) -> Payment {
        guard let family = Family(family) else { return .owed("unknown family `\(family)` of table \(name)") }
        let table = NftTable(family: family, name: name)
        let socket: NftSocket
        do {
            socket = try NftSocket.idle()
        } catch {
            // Without nftables there is no table.
            return error.code == .unsupported ? .nothingThere : .owed("\(table.text): \(error.text)")
        }
        defer { socket.rest() }
        do {
            return try table.pay(owner: owner, through: socket)
        } catch {
            return .owed("\(table.text): \(error.text)")
        }
    }

    private func pay(owner: ProcessIdentity, through socket: NftSocket) throws(HostError) -> Payment {
        guard try socket.has(family, name) else { return .nothingThere }
        if owner.isAlive { return .owed("\(text) is held by \(owner), which is alive; end that first") }
        // A dead owner's table goes by itself while its socket is being closed, and nobody else may delete it.
        for _ in 0..<1_000 {
            var batch = NftBatch()
            delete(in: &batch)
            do {
                try socket.commit(batch)
                return .paid
            } catch {
                if error.code == .missing { return .paid }
                guard error.code == .privilege || error.code == .busy else { throw error }
            }
            usleep(1_000)
            guard try socket.has(family, name) else { return .paid }
        }
        return .owed(
            "\(text) cannot be deleted: its owner's socket lives on in another process, or a privilege is missing")
    }
}
