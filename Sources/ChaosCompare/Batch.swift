/// Independent pieces of work on several threads, answered in order.
enum Batch {
    /// - Parameters:
    ///   - count: of the pieces.
    ///   - jobs: pieces under way at once.
    ///   - input: of a piece; called on the caller's side, one at a time and only when there is a thread for it.
    ///   - done: called after each piece with how many are done.
    static func map<Input: Sendable, Output: Sendable>(
        _ count: Int, jobs: Int, input: (Int) -> Input, done: (Int) -> Void,
        work: @escaping @Sendable (Input) async -> Output
    ) async -> [Output] {
        var outputs: [Output?] = Array(repeating: nil, count: count)
        await withTaskGroup(of: (Int, Output).self) { group in
            var next = 0
            func add() {
                guard next < count else { return }
                let index = next
                next += 1
                let value = input(index)
                group.addTask { (index, await work(value)) }
            }
            for _ in 0..<max(1, jobs) { add() }
            var finished = 0
            while let (index, output) = await group.next() {
                outputs[index] = output
                finished += 1
                done(finished)
                add()
            }
        }
        return outputs.map { $0! }
    }
}
