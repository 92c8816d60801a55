import ChaosFleet
import Testing

@Suite struct SecretTests {
    // From OpenBSD's and jBCrypt's vectors.
    @Test(
        "a password is known by its bcrypt hash",
        arguments: [
            ("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."),
            ("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
        ])
    func bcryptKnown(password: String, hash: String) {
        #expect(Bcrypt.matches(password, hash))
        #expect(!Bcrypt.matches(password + "x", hash))
    }

    @Test("a hash has its salt and cost in bcrypt's own base 64")
    func bcryptSalt() throws {
        // The salt of the second vector, decoded by hand.
        let salt: [UInt8] = [
            0x28, 0x22, 0x1d, 0xb7, 0x8c, 0x3d, 0x14, 0x72, 0x58, 0x1f, 0x0e, 0xef, 0xba, 0x11, 0x11, 0x11,
        ]
        let hash = try #require(Bcrypt.hash("abc", salt: salt, cost: 5))
        #expect(hash.hasPrefix("$2a$05$") && hash.utf8.count == 60)
        #expect(Bcrypt.matches("abc", hash))
        #expect(Bcrypt.hash("abc", salt: salt, cost: 5) == hash)
        #expect(Bcrypt.hash("abc", salt: Array(repeating: 7, count: 16), cost: 5) != hash)
    }

    @Test("a secret's file reads back as its credential, and printing either hides the password")
    func credential() throws {
        let secret = Secret(user: "agents-1", random: Secret.systemRandom)
        let other = Secret(user: "agents-1", random: Secret.systemRandom)
        #expect(secret.password != other.password && secret.password.utf8.count == 48)
        let credential = try #require(Credential(text: secret.credentialText))
        #expect(credential.user == "agents-1" && credential.password == secret.password)
        for text in ["\(secret)", "\(credential)", String(reflecting: secret), String(reflecting: credential)] {
            #expect(!text.contains(secret.password))
        }
        #expect(secret.bcrypt == secret.bcrypt)
        #expect(Credential(text: "only-one") == nil && Credential(text: "") == nil)
        #expect(Credential.read("/nonexistent/credential") == nil)
    }
}

@Suite struct FleetMessageTests {
    @Test("a message is told by its subject and payload, which is as long as asked and its own")
    func message() {
        let message = FleetMessage(agent: "TutorAgent", counter: 42)
        let payload = message.payload(size: 512)
        #expect(payload.count == 512 && payload.starts(with: "42 ".utf8))
        #expect(message.id == "TutorAgent-42")
        #expect(FleetMessage(subject: message.subject(stream: "agent-events"), payload: payload) == message)
        #expect(FleetMessage(agent: "TutorAgent", counter: 43).payload(size: 512).dropFirst(3) != payload.dropFirst(3))
        #expect(FleetMessage.hash(payload).utf8.count == 16)
        #expect(FleetMessage(subject: "nothing", payload: payload) == nil)
        #expect(FleetMessage(subject: "a.b", payload: Array("x y".utf8)) == nil)
        #expect(message.payload(size: 0) == Array("42 ".utf8))
    }
}
