import Glibc

/// Strings and arrays of strings for C structures, valid as long as this lives.
final class CText {
    private var owned: [UnsafeMutableRawPointer] = []

    func callAsFunction(_ text: String) -> UnsafePointer<CChar> {
        guard let copy = strdup(text) else { fatalError("out of memory") }
        owned.append(copy)
        return UnsafePointer(copy)
    }

    /// Nil for an empty array.
    func array(_ texts: [String]) -> UnsafeMutablePointer<UnsafePointer<CChar>?>? {
        guard !texts.isEmpty else { return nil }
        let array = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: texts.count)
        for (index, text) in texts.enumerated() { (array + index).initialize(to: self(text)) }
        arrays.append(array)
        return array
    }

    private var arrays: [UnsafeMutablePointer<UnsafePointer<CChar>?>] = []

    deinit {
        for pointer in owned { free(pointer) }
        for array in arrays { array.deallocate() }
    }
}
