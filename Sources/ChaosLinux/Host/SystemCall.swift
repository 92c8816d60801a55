import Glibc

/// System calls' results as errors with the words an operator can use.
package enum SystemCall {
    package static func reason(_ error: Int32) -> String { String(cString: strerror(error)) }

    /// The result of a shim: itself, or a thrown `-errno`.
    @discardableResult
    package static func check(_ result: Int32, _ what: @autoclosure () -> String) throws(HostError) -> Int32 {
        guard result < 0 else { return result }
        throw failure(-result, what())
    }

    /// The result of a libc call: itself, or a thrown `errno`.
    @discardableResult
    package static func call(_ result: Int32, _ what: @autoclosure () -> String) throws(HostError) -> Int32 {
        guard result < 0 else { return result }
        throw failure(errno, what())
    }

    /// Both ends close-on-exec.
    package static func pipe() throws(HostError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        try call(Glibc.pipe(&ends), "making a pipe")
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    package static func failure(_ error: Int32, _ what: String) -> HostError {
        let code: HostError.Code =
            switch error {
            case EPERM, EACCES: .privilege
            case ENOENT, ENODEV, ENXIO, ESRCH: .missing
            case ENOSPC, EDQUOT: .full
            case EBUSY, EEXIST: .busy
            case EOPNOTSUPP, ENOSYS: .unsupported
            default: .failed
            }
        let hint = code == .privilege ? "run as root, or inside a namespace of your own" : ""
        return HostError(code, "\(what): \(reason(error))", hint: hint)
    }
}
