import Foundation

/// The parts of the protocol's events that a tab keeps.
struct Event<Params: Decodable>: Decodable {
    var params: Params

    init?(_ data: Data) {
        guard let event = try? JSONDecoder().decode(Self.self, from: data) else { return nil }
        self = event
    }
}

struct RequestSent: Decodable {
    struct Request: Decodable { var url: String }
    var request: Request
    var type: String?
}

struct ConsoleCall: Decodable {
    struct Argument: Decodable {
        /// A string, a number or a flag as text; anything else has a description.
        struct Value: Decodable {
            var text: String

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let text = try? container.decode(String.self) {
                    self.text = text
                } else if let number = try? container.decode(Double.self) {
                    text = "\(number)"
                } else if let flag = try? container.decode(Bool.self) {
                    text = "\(flag)"
                } else {
                    text = ""
                }
            }
        }

        var value: Value?
        var description: String?
    }

    var type: String
    var args: [Argument]
}

struct Exception: Decodable {
    struct Thrown: Decodable { var description: String? }
    var text: String
    var exception: Thrown?

    var sentence: String { exception?.description ?? text }
}

struct Thrown: Decodable { var exceptionDetails: Exception }

struct LogEntry: Decodable {
    struct Entry: Decodable {
        var level: String
        var text: String
        var url: String?
    }

    var entry: Entry
}

/// What an expression came to: a value, or an exception.
struct Evaluation<Value: Decodable>: Decodable {
    private struct Remote: Decodable { var value: Value }

    private enum CodingKeys: CodingKey { case result, exceptionDetails }

    var value: Value?
    var exception: Exception?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        exception = try container.decodeIfPresent(Exception.self, forKey: .exceptionDetails)
        if exception == nil { value = try container.decode(Remote.self, forKey: .result).value }
    }
}
