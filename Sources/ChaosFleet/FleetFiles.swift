import FoundationEssentials

extension LiveFleet {
    /// From a file such as `FleetLayout.fleetFile`.
    public static func read(_ path: String) throws(FleetFileError) -> LiveFleet { try FleetFile.read(path) }

    public var json: String { FleetFile.text(self) }
}

extension RunOrder {
    /// The present one; nil while no run is on.
    public static func read(_ path: String = FleetLayout.runFile) throws(FleetFileError) -> RunOrder? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try FleetFile.read(path)
    }

    public var json: String { FleetFile.text(self) }
}

extension LaunchSpec {
    public static func read(json: String) throws(FleetFileError) -> LaunchSpec {
        try FleetFile.decode(Data(json.utf8), from: "the launch spec")
    }

    public var json: String { FleetFile.text(self) }
}

extension FleetStatus {
    public static func read(json: String) throws(FleetFileError) -> FleetStatus {
        try FleetFile.decode(Data(json.utf8), from: "the holder's answer")
    }

    public var json: String { FleetFile.text(self) }
}

/// A file between a fleet's parts that is not there, or not what it should be.
public struct FleetFileError: Error, Hashable, Sendable {
    public var message: String

    public init(_ message: String) { self.message = message }
}

enum FleetFile {
    static func read<Value: Decodable>(_ path: String) throws(FleetFileError) -> Value {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: path)) } catch {
            throw FleetFileError("\(path) cannot be read; is the fleet up?")
        }
        return try decode(data, from: path)
    }

    static func decode<Value: Decodable>(_ data: Data, from place: String) throws(FleetFileError) -> Value {
        do { return try JSONDecoder().decode(Value.self, from: data) } catch {
            throw FleetFileError("\(place) is not what this version writes: \(error)")
        }
    }

    /// On one line.
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("a value that cannot be encoded") }
        return String(decoding: data, as: UTF8.self)
    }
}
