/// An object: its keys, and for objects told apart by a word (a fault's `kind`) the further keys of each word.
struct ObjectShape: Sendable {
    struct Key: Sendable {
        enum Presence: Sendable {
            case required
            case optional
            /// Read as this text where missing.
            case byDefault(String)
        }

        var name: String
        var shape: Shape
        var presence: Presence
        /// One line, for the schema and for hints.
        var summary: String
        /// Whether it has a part in what a run does; names and summaries do not, and stay out of the digest.
        var decides = true

        static func required(_ name: String, _ shape: Shape, _ summary: String, decides: Bool = true) -> Key {
            Key(name: name, shape: shape, presence: .required, summary: summary, decides: decides)
        }

        static func optional(_ name: String, _ shape: Shape, _ summary: String, decides: Bool = true) -> Key {
            Key(name: name, shape: shape, presence: .optional, summary: summary, decides: decides)
        }

        static func byDefault(_ name: String, _ shape: Shape, _ text: String, _ summary: String) -> Key {
            Key(name: name, shape: shape, presence: .byDefault(text), summary: summary)
        }
    }

    struct Tag: Sendable {
        struct Alternative: Sendable {
            var word: String
            var keys: [Key]
        }

        var key: String
        var alternatives: [Alternative]
    }

    /// `a host`, for messages.
    var name: String
    var keys: [Key]
    var tag: Tag?

    init(_ name: String, _ keys: [Key], tag: Tag? = nil) {
        self.name = name
        self.keys = keys
        self.tag = tag
    }

    /// The keys an object with this tag word may have; with an unknown word, all keys.
    func keys(tagged word: String?) -> [Key] {
        guard let tag else { return keys }
        if let alternative = tag.alternatives.first(where: { $0.word == word }) { return keys + alternative.keys }
        var all = keys
        for key in tag.alternatives.flatMap(\.keys) where !all.contains(where: { $0.name == key.name }) {
            all.append(key)
        }
        return all
    }
}
