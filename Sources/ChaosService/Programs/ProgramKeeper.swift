internal import CLinuxShims
internal import Foundation
internal import Synchronization

/// Starts programs, hears them out and tells how they ended.
///
/// One thread does all of it and lives as long as the process: the kernel kills a program when the thread that started it ends,
/// so none outlives the service, and threads of a pool come and go.
final class ProgramKeeper: Sendable {
    private enum Wish: Sendable {
        case start(id: String, ProgramOrder, ended: @Sendable (ProgramEnd) -> Void)
        case interrupt(id: String, times: Int, healing: Int64)
        case kill(id: String)
        case killAll(but: Set<String>)
        case end
    }

    private let wishes = Mutex<[Wish]>([])
    private let bell: ClosedPipe

    init() throws(ServiceError) {
        bell = try ClosedPipe()
        // A full bell rings as well; nobody waits to ring it.
        _ = fcntl(bell.write, F_SETFL, O_NONBLOCK)
        // Writing to a program that has gone is an error, not the service's death.
        signal(SIGPIPE, SIG_IGN)
        let thread = Thread { [self] in keep() }
        thread.name = "programs"
        thread.start()
    }

    /// `ended` is called once, on the keeper's thread.
    func start(_ order: ProgramOrder, id: String, ended: @escaping @Sendable (ProgramEnd) -> Void) {
        wish(.start(id: id, order, ended: ended))
    }

    /// SIGINT so often, then SIGKILL if it does not end.
    func interrupt(_ id: String, times: Int, healing: Int64) {
        wish(.interrupt(id: id, times: times, healing: healing))
    }

    func kill(_ id: String) { wish(.kill(id: id)) }

    /// All that is left of others: nobody waits for what they would have said.
    func killAll(but ids: Set<String>) { wish(.killAll(but: ids)) }

    /// The thread ends, and with it what it has started.
    func end() { wish(.end) }

    private func wish(_ wish: Wish) {
        wishes.withLock { $0.append(wish) }
        var byte: UInt8 = 1
        _ = write(bell.write, &byte, 1)
    }

    // MARK: The thread

    private func keep() {
        var kept: [KeptProgram] = []
        while true {
            for wish in wishes.withLock({ all in
                defer { all = [] }
                return all
            }) {
                switch wish {
                case .start(let id, let order, let ended):
                    do throws(ServiceError) {
                        kept.append(try KeptProgram(id, order, ended: ended))
                    } catch {
                        ended(ProgramEnd(code: 127, output: "", errors: "", failure: error.description))
                    }
                case .interrupt(let id, let times, let healing):
                    for program in kept where program.id == id { program.interrupt(times: times, healing: healing) }
                case .end:
                    close(bell.read)
                    close(bell.write)
                    return
                case .kill(let id): for program in kept where program.id == id { program.kill() }
                case .killAll(let ids): for program in kept where !ids.contains(program.id) { program.kill() }
                }
            }
            var waits = [pollfd(fd: bell.read, events: Int16(POLLIN), revents: 0)]
            for program in kept { waits += program.waits }
            let next = kept.compactMap(\.nextInstant).min()
            let wait = next.map { max(0, min($0 - host_boottime(), 3_600_000_000_000)) / 1_000_000 + 1 } ?? -1
            _ = poll(&waits, nfds_t(waits.count), Int32(clamping: wait))
            var drained = [UInt8](repeating: 0, count: 256)
            while read(bell.read, &drained, drained.count) > 0 {}
            kept.removeAll { !$0.attend() }
        }
    }
}
