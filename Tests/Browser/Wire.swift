import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Commands out, answers and events in: JSON texts that end with a NUL, on two pipes.
final class Wire: Sendable {
    private struct State {
        var next = 1
        var waiting: [Int: CheckedContinuation<Data, any Error>] = [:]
        var events: [String: @Sendable (String, Data) -> Void] = [:]
        var isOver = false
    }

    private struct Head: Decodable {
        var id: Int?
        var method: String?
        var sessionId: String?
    }

    private struct Command: Encodable {
        var id: Int
        var method: String
        var params: JSON
        var sessionId: String?
    }

    private struct Answer<Result: Decodable>: Decodable {
        struct Refusal: Decodable { var message: String }
        var result: Result?
        var error: Refusal?
    }

    struct Nothing: Decodable {}

    let process: BrowserProcess
    private let state = Mutex(State())
    /// One command at a time, or two would mix.
    private let writing = Mutex(())

    init(_ process: BrowserProcess) {
        self.process = process
        // The first write after its death must be an error, not our death.
        signal(SIGPIPE, SIG_IGN)
        Thread { [self] in listen() }.start()
    }

    /// What `session` has to tell without being asked: the method and the whole message.
    func hear(_ session: String, _ handler: @escaping @Sendable (String, Data) -> Void) {
        state.withLock { $0.events[session] = handler }
    }

    func send<Result: Decodable>(
        _ method: String, _ params: JSON = [:], session: String? = nil, within limit: Duration = .seconds(120)
    ) async throws -> Result {
        let data = try await exchange(method, params, session: session, within: limit)
        let answer = try JSONDecoder().decode(Answer<Result>.self, from: data)
        if let result = answer.result { return result }
        throw BrowserError("\(method): \(answer.error?.message ?? "an answer without a result")")
    }

    func end() async {
        await withCheckedContinuation { continuation in
            // It waits for the process, which no thread of the pool should do.
            Thread { [self] in
                process.end()
                fail("the browser was ended")
                continuation.resume()
            }.start()
        }
    }

    private func exchange(
        _ method: String, _ params: JSON, session: String?, within limit: Duration
    ) async throws -> Data {
        let id = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        let text = try JSONEncoder().encode(Command(id: id, method: method, params: params, sessionId: session))
        let alarm = Task { [self] in
            try await Task.sleep(for: limit)
            take(id)?.resume(throwing: BrowserError("\(method): no answer within \(limit)"))
        }
        defer { alarm.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.waiting[id] = continuation }
                return state.isOver
            }
            if isOver {
                continuation.resume(throwing: BrowserError("\(method): the browser is gone"))
            } else if !write(text + [0]) {
                take(id)?.resume(throwing: BrowserError("\(method): the browser does not read any more"))
            }
        }
    }

    private func take(_ id: Int) -> CheckedContinuation<Data, any Error>? {
        state.withLock { $0.waiting.removeValue(forKey: id) }
    }

    private func write(_ data: Data) -> Bool {
        writing.withLock { _ in
            data.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = push(process.input, UnsafeRawBufferPointer(rebasing: rest))
                    if count <= 0 { return false }
                    rest = rest.dropFirst(count)
                }
                return true
            }
        }
    }

    private func push(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        while true {
            #if canImport(Glibc)
                let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            #else
                let count = Foundation.write(descriptor, bytes.baseAddress, bytes.count)
            #endif
            if count >= 0 || errno != EINTR { return count }
        }
    }

    private func listen() {
        var pending = Data()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(process.output, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            let old = pending.count
            pending.append(contentsOf: chunk[..<count])
            var start = pending.startIndex
            // Only what is new can hold an end.
            var search = pending.startIndex + old
            while let end = pending[search...].firstIndex(of: 0) {
                receive(pending[start..<end])
                start = end + 1
                search = start
            }
            if start > pending.startIndex { pending = Data(pending[start...]) }
        }
        fail("the browser is gone")
    }

    private func receive(_ message: Data) {
        guard let head = try? JSONDecoder().decode(Head.self, from: message) else { return }
        if let id = head.id {
            take(id)?.resume(returning: message)
        } else if let method = head.method, let session = head.sessionId {
            state.withLock { $0.events[session] }?(method, message)
        }
    }

    private func fail(_ reason: String) {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            state.isOver = true
            return state.waiting.values.map(\.self)
        }
        for continuation in waiting { continuation.resume(throwing: BrowserError(reason)) }
    }
}
