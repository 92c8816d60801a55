import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// HTTP and HTTPS by Foundation: TLS and certificates are the system's (libcurl on Linux). An ephemeral session: no cookies, no
/// cache, no stored credentials.
///
/// One session for the life of the process: on Linux the end of a session closes sockets whose numbers the next one gets
/// before the event sources of the old ones are gone, and then a request is lost until its time limit.
package struct URLSessionTransport: Transport {
    private static let exchanges = Exchanges()

    private static let session: URLSession = {
        let settings = URLSessionConfiguration.ephemeral
        settings.httpCookieStorage = nil
        settings.httpShouldSetCookies = false
        settings.urlCache = nil
        settings.urlCredentialStorage = nil
        // A receiver that stalls must not hold up another on the same host.
        settings.httpMaximumConnectionsPerHost = 64
        return URLSession(configuration: settings, delegate: exchanges, delegateQueue: nil)
    }()

    package init() {}

    package func send(
        _ request: HTTPRequest, limit: Int64, done: @escaping @Sendable (Result<HTTPAnswer, TransportFailure>) -> Void
    ) {
        guard let url = URL(string: request.url) else { return done(.failure(.address)) }
        var asked = URLRequest(url: url)
        asked.httpMethod = request.method
        asked.httpBody = Data(request.body)
        asked.timeoutInterval = Double(limit) / 1000 + 1
        for header in request.headers { asked.setValue(header.value, forHTTPHeaderField: header.name) }
        asked.setValue("gauntlet", forHTTPHeaderField: "User-Agent")

        let task = Self.session.dataTask(with: asked)
        let exchange = Exchange(done)
        Self.exchanges.begin(exchange, task)
        task.resume()
        // The session's own limit starts anew with each byte; this one does not, and it holds whatever the session does.
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(limit))) {
            if exchange.finish(.failure(.timedOut)) { task.cancel() }
        }
    }
}

/// All requests under way, for the session's delegate to find them by their tasks.
private final class Exchanges: NSObject, URLSessionDataDelegate, Sendable {
    private let running = Mutex<[Int: Exchange]>([:])

    func begin(_ exchange: Exchange, _ task: URLSessionTask) {
        let id = task.taskIdentifier
        running.withLock { $0[id] = exchange }
    }

    private func exchange(_ task: URLSessionTask) -> Exchange? {
        let id = task.taskIdentifier
        return running.withLock { $0[id] }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        exchange(dataTask)?.note(response)
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        // Nobody needs more of it, and some answers never end. Asked for again where the first time was not heard: what still
        // comes after the end of its exchange would come for ever.
        if exchange(dataTask)?.take(data) ?? true { dataTask.cancel() }
    }

    /// Never followed: the message, perhaps with its secret, was meant for nobody else.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        exchange(task)?.note(response)
        completionHandler(nil)
        if exchange(task)?.answered() == true { task.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let id = task.taskIdentifier
        running.withLock { $0.removeValue(forKey: id) }?.end(error)
    }
}

/// One request under way: collects the answer and reports it once.
private final class Exchange: Sendable {
    private struct State {
        var done: (@Sendable (Result<HTTPAnswer, TransportFailure>) -> Void)?
        var body: [UInt8] = []
        var status: Int?
        var retryAfter: String?
    }

    static let longestBody = 4096
    private let state: Mutex<State>

    init(_ done: @escaping @Sendable (Result<HTTPAnswer, TransportFailure>) -> Void) {
        state = Mutex(State(done: done))
    }

    /// Whether this was the end of it: later ends change nothing.
    @discardableResult
    func finish(_ result: Result<HTTPAnswer, TransportFailure>) -> Bool {
        let done = state.withLock { state in
            defer { state.done = nil }
            return state.done
        }
        done?(result)
        return done != nil
    }

    private func answer() -> HTTPAnswer? {
        state.withLock { state in
            state.status.map { HTTPAnswer(status: $0, retryAfter: state.retryAfter, body: state.body) }
        }
    }

    func note(_ response: URLResponse) {
        guard let response = response as? HTTPURLResponse else { return }
        state.withLock {
            $0.status = response.statusCode
            $0.retryAfter = response.value(forHTTPHeaderField: "Retry-After")
        }
    }

    /// Whether that was enough, and is reported.
    func take(_ data: Data) -> Bool {
        let isFull = state.withLock { state in
            state.body += data.prefix(Self.longestBody - state.body.count)
            return state.body.count >= Self.longestBody
        }
        if isFull { answered() }
        return isFull
    }

    /// Reports what there is of the answer; whether it was the first to report.
    @discardableResult
    func answered() -> Bool { answer().map { finish(.success($0)) } ?? false }

    func end(_ error: (any Error)?) {
        if let error {
            finish(.failure(Self.failure(error)))
        } else if !answered() {
            finish(.failure(.broken))
        }
    }

    private static func failure(_ error: any Error) -> TransportFailure {
        guard let error = error as? URLError else { return .other((error as NSError).code) }
        return switch error.code {
        case .cannotConnectToHost: .refused
        case .cannotFindHost, .dnsLookupFailed: .unresolved
        case .timedOut: .timedOut
        case .networkConnectionLost, .badServerResponse, .cannotParseResponse, .zeroByteResource: .broken
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateNotYetValid, .serverCertificateHasUnknownRoot, .clientCertificateRejected:
            .tls
        case .badURL, .unsupportedURL: .address
        default: .other(error.code.rawValue)
        }
    }
}
