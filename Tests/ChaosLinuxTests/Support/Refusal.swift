import ChaosLinux
import Testing

/// Expects that a fault is refused: one error with these words (and that code), nothing on record.
func expectRefusal(
    _ host: HostProcess, _ fault: String, _ code: String?, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let reply = try host.inject(fault)
    let text = "\(reply.error?.message ?? ""); \(reply.error?.hint ?? "")"
    #expect(reply.ok == false, "\(fault)", sourceLocation: sourceLocation)
    #expect(text.contains(words), "\(text)", sourceLocation: sourceLocation)
    if let code { #expect(reply.error?.code == code, "\(text)", sourceLocation: sourceLocation) }
    #expect(host.records == [], sourceLocation: sourceLocation)
}
