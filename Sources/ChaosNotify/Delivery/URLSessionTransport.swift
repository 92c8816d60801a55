import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// HTTP and HTTPS by Foundation: TLS and certificates are the system's (libcurl on Linux). One ephemeral session for each
/// request: no cookies, no cache, no stored credentials, and nothing shared between receivers.
package struct URLSessionTransport: Transport {
    package init() {}

    package func send(
        _ request: HTTPRequest, limit: Int64, done: @escaping @Sendable (Result<HTTPAnswer, TransportFailure>) -> Void
    ) {
        guard let url = URL(string: request.url) else { return done(.failure(.address)) }
        let settings = URLSessionConfiguration.ephemeral
        settings.httpCookieStorage = nil
        settings.httpShouldSetCookies = false
        settings.urlCache = nil
        settings.urlCredentialStorage = nil
        settings.timeoutIntervalForRequest = Double(limit) / 1000 + 1
        settings.httpMaximumConnectionsPerHost = 1
        var asked = URLRequest(url: url)
        asked.httpMethod = request.method
        asked.httpBody = Data(request.body)
        for header in request.headers { asked.setValue(header.value, forHTTPHeaderField: header.name) }
        asked.setValue("gauntlet", forHTTPHeaderField: "User-Agent")

        let exchange = Exchange(done)
        let session = URLSession(configuration: settings, delegate: exchange, delegateQueue: nil)
        let task = session.dataTask(with: asked)
        task.resume()
        // The session's own limits start anew with each byte; this one does not, and it holds whatever the session does.
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(limit))) {
            if exchange.finish(.failure(.timedOut)) { session.invalidateAndCancel() }
        }
    }
}

/// One request under way: collects the answer and reports it once.
private final class Exchange: NSObject, URLSessionDataDelegate, Sendable {
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

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        note(response)
        completionHandler(.allow)
    }

    private func note(_ response: URLResponse) {
        guard let response = response as? HTTPURLResponse else { return }
        state.withLock {
            $0.status = response.statusCode
            $0.retryAfter = response.value(forHTTPHeaderField: "Retry-After")
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isFull = state.withLock { state in
            state.body += data.prefix(Self.longestBody - state.body.count)
            return state.body.count >= Self.longestBody
        }
        // Nobody needs more of it, and some answers never end.
        if isFull, let answer = answer(), finish(.success(answer)) { session.invalidateAndCancel() }
    }

    /// Never followed: the message, perhaps with its secret, was meant for nobody else.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        note(response)
        completionHandler(nil)
        if let answer = answer(), finish(.success(answer)) { session.invalidateAndCancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error {
            finish(.failure(Self.failure(error)))
        } else if let answer = answer() {
            finish(.success(answer))
        } else {
            finish(.failure(.broken))
        }
        session.finishTasksAndInvalidate()
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
