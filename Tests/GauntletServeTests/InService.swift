import Testing

/// One at a time: each starts programs and watches the clock.
@Suite(.serialized, .timeLimit(.minutes(15))) struct InService {}
