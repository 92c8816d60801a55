import ArgumentParser
import ChaosPlan

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Dry run: who would be hit by what, when, and how wide the blast radius is.",
        discussion: "Example: gauntlet plan agent-kill-ten-percent --seed 7")

    @OptionGroup var plan: PlanOptions

    @Flag(help: "The schedule as JSON.")
    var json = false

    func run() async throws {
        let loaded = try plan.load()
        let schedule = Schedule.draw(loaded.plan, seed: plan.seed)
        if json {
            try Terminal.say(JSONText.encode(ScheduleRecord(schedule, of: loaded.plan)))
        } else {
            try Terminal.write(schedule.describe(loaded.plan))
        }
    }
}
