internal import Foundation

/// A pipe that no program inherits unless it is passed on: what starts programs here closes all but what it passes.
struct ClosedPipe {
    let read: Int32
    let write: Int32

    init() throws(ServiceError) {
        var pair: [Int32] = [-1, -1]
        guard pipe(&pair) == 0 else { throw ServiceError("no pipe: \(String(cString: strerror(errno)))") }
        for descriptor in pair { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(pair[0], F_SETFL, O_NONBLOCK)
        (read, write) = (pair[0], pair[1])
    }
}
