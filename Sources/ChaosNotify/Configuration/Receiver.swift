package import ChaosPlan

/// Somebody who is told, and how.
package struct Receiver: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Any program: JSON of our own, signed where there is a secret.
        case webhook(address: Address, secretFile: String?)
        case slack(address: Address)
        case pagerduty(url: String, keyFile: String)
        /// - Parameter hold: how long Alertmanager keeps an alert that nobody ends.
        case alertmanager(url: String, hold: Nanoseconds)
    }

    /// Where a request goes.
    package enum Address: Hashable, Sendable {
        case url(String)
        /// An address that is a secret itself stands in a file.
        case file(String)
    }

    static let pagerDuty = "https://events.pagerduty.com/v2/enqueue"

    package var name: String
    package var kind: Kind
    /// Of one delivery, from the connection to the end of the answer.
    var timeout: Nanoseconds
}
