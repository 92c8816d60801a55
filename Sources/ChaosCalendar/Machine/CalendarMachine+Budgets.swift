/// What people are told of budgets.
extension CalendarMachine {
    /// Each time that something was spent how much it is now, and when the week is over that it is; in the calendar's order.
    mutating func tellBudgets(_ now: Int64, _ actions: inout [CalendarAction]) {
        let week = calendar.weekStart(of: now)
        let old = toldBudgets.filter { $0.value != week }.keys
        for id in old.sorted(by: { ($0.fleet, $0.world) < ($1.fleet, $1.world) }) {
            toldBudgets[id] = nil
            actions.append(
                .tell(
                    .init(
                        kind: .budgetRenewed, time: now, budget: id,
                        text: "a new week: \(id.fleet)'s error budget in the \(id.world) world is whole again")))
            // After the word itself: who dies between the two tells it twice, not never.
            actions.append(.toldBudget(id, week: nil))
        }
        guard !untoldBudgets.isEmpty else { return }
        // What no plan is known of waits; what is in no budget is of no interest.
        for (budget, spent, allowed) in budgets(at: now) {
            guard untoldBudgets.remove(budget.id) != nil, spent > 0 else { continue }
            toldBudgets[budget.id] = week
            actions.append(
                .tell(
                    .init(
                        kind: .budgetSpent, time: now, use: .init(budget: budget.id, spent: spent, allowed: allowed),
                        text:
                            "\(budget.fleet): \(Int(spent.rounded())) of \(Int(allowed.rounded())) agent-seconds are spent"
                    )))
            actions.append(.toldBudget(budget.id, week: week))
        }
        untoldBudgets.formIntersection(calendar.budgets.map(\.id))
    }
}
