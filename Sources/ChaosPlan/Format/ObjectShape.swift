/// An object: its keys, and for objects told apart by a word (a fault's `kind`) the further keys of each word.
package struct ObjectShape: Sendable {
    package struct Key: Sendable {
        package enum Presence: Sendable {
            case required
            case optional
            /// Read as this text where missing.
            case byDefault(String)
        }

        package var name: String
        package var shape: Shape
        package var presence: Presence
        /// One line, for the schema and for hints.
        package var summary: String
        /// Whether it has a part in what a run does; names and summaries do not, and stay out of the digest.
        package var decides = true

        package static func required(_ name: String, _ shape: Shape, _ summary: String, decides: Bool = true) -> Key {
            Key(name: name, shape: shape, presence: .required, summary: summary, decides: decides)
        }

        package static func optional(_ name: String, _ shape: Shape, _ summary: String, decides: Bool = true) -> Key {
            Key(name: name, shape: shape, presence: .optional, summary: summary, decides: decides)
        }

        package static func byDefault(_ name: String, _ shape: Shape, _ text: String, _ summary: String) -> Key {
            Key(name: name, shape: shape, presence: .byDefault(text), summary: summary)
        }
    }

    package struct Tag: Sendable {
        package struct Alternative: Sendable {
            package var word: String
            package var keys: [Key]

            package init(word: String, keys: [Key]) {
                self.word = word
                self.keys = keys
            }
        }

        package var key: String
        package var alternatives: [Alternative]

        package init(key: String, alternatives: [Alternative]) {
            self.key = key
            self.alternatives = alternatives
        }
    }

    /// `a host`, for messages.
    package var name: String
    package var keys: [Key]
    package var tag: Tag?

    package init(_ name: String, _ keys: [Key], tag: Tag? = nil) {
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
