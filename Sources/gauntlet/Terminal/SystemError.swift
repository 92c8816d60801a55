import Foundation

/// What the system calls an errno.
enum SystemError {
    static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
