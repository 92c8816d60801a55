import ServiceLifecycle

/// Writes down what came too fast to be audited one by one: each window when it is over, the rest at the end.
struct RefusalSweep: ServiceLifecycle.Service {
    let limit: RefusalLimit
    let audit: AuditLog
    let now: @Sendable () -> Int64

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.write(self.limit.collect(now: self.now()))
                try await Task.sleep(for: .seconds(5))
            }
        }
        await write(limit.collect(now: now(), all: true))
    }

    private func write(_ held: [RefusalLimit.Held]) async {
        for held in held {
            await audit.write(
                AuditLog.Entry(
                    time: AuditLog.time(now()), who: "nobody", from: held.address, action: "any", answer: "limited",
                    status: 429, times: held.count))
        }
    }
}
