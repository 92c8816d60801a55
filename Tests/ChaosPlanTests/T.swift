import Testing
@Test func two() { #expect(1 + 1 == 2) }
