import Glibc

/// Descriptors 0, 1 and 2 of this process.
public enum StandardDescriptors {
    /// Opens /dev/null for those that are closed. To be called first: else what is opened next, a lock or a record, would
    /// take their numbers and be written to as if it were the standard output.
    public static func occupy() {
        // The lowest number free is the one given, so that none above is taken before all three are.
        while true {
            let descriptor = open("/dev/null", O_RDWR)
            guard (0...2).contains(descriptor) else {
                if descriptor > 2 { close(descriptor) }
                return
            }
        }
    }

    /// Writes a line to the standard error if that can be done at once, else drops it. Whoever must pay debts cannot wait
    /// for a reader that hangs.
    public static func complain(_ text: String) {
        // Opened anew: not to block is a property of the open file, which others share.
        let own = open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        let bytes = Array((text + "\n").utf8)
        if own >= 0 {
            _ = write(own, bytes, bytes.count)
            close(own)
            return
        }
        // A socket cannot be opened anew, but be sent to; anything else only if it says that it has room.
        if send(2, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) >= 0 { return }
        guard errno == ENOTSOCK else { return }
        var wait = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
        guard poll(&wait, 1, 0) == 1, wait.revents & Int16(POLLOUT) != 0 else { return }
        // A page is what a pipe with room has room for.
        _ = write(2, bytes, min(bytes.count, 4_096))
    }
}
