/// Who leads each stream, as the reader tells it.
package struct StreamLeaders {
    /// What the reader writes where it sees no leader: an election is on, or nobody answers.
    private static let none: Set<String> = ["", "-"]

    private var byStream: [String: String] = [:]

    package init() {}

    package subscript(stream: String) -> String? { byStream[stream] }

    /// - Returns: the former leader, if another has taken over from it. No leader at all is no takeover, however soon it is
    ///   seen: the stream takes nothing until the next one is elected.
    package mutating func hear(_ leader: String, of stream: String) -> String? {
        guard !Self.none.contains(leader), byStream[stream] != leader else { return nil }
        defer { byStream[stream] = leader }
        return byStream[stream]
    }
}
