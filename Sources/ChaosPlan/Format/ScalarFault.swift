/// Why a scalar's text is not what it should be.
struct ScalarFault: Error {
    var message: String
    var hint: String
}
