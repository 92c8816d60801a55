import ChaosLinux
import Glibc

/// A stream socket on the loop, line by line in both directions. Owns the descriptor.
final class LineChannel {
    private let descriptor: Int32
    private let loop: EventLoop
    private var token: EventLoop.Token?
    private var lines = LineBuffer()
    private let heard: (String) -> Void
    private let ended: () -> Void

    /// `ended` is called once, when the far end has closed or does not take what it is sent.
    init(
        _ descriptor: Int32, on loop: EventLoop, heard: @escaping (String) -> Void, ended: @escaping () -> Void
    ) throws(HostError) {
        self.descriptor = descriptor
        self.loop = loop
        self.heard = heard
        self.ended = ended
        token = try loop.watch(descriptor) { [weak self] in self?.hear() }
    }

    deinit { close() }

    func close() {
        guard let token else { return }
        loop.cancel(token)
        self.token = nil
        Glibc.close(descriptor)
    }

    private func hear() {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        guard count > 0 else { return end() }
        for line in lines.append(buffer[..<count]) {
            // Hearing one may close us.
            guard token != nil else { return }
            heard(line ?? "")
        }
    }

    private func end() {
        close()
        ended()
    }

    /// With its line end. One who does not read for a second is dropped.
    func send(_ line: String) {
        guard token != nil else { return }
        let bytes = Array(line.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                done += count
            } else if errno == EAGAIN {
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&wait, 1, 1_000) == 1 else { return end() }
            } else if errno != EINTR {
                return end()
            }
        }
    }
}
