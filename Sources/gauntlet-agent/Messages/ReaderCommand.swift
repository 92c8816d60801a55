import ArgumentParser
import ChaosFleet
import ChaosNATS
import ChaosPlan
import Dispatch
import Glibc

/// The ledger's reader: what the broker hands out during a run, and everything that it holds at the end. One line a fact on
/// standard output, fields between tabs; instants are CLOCK_BOOTTIME in nanoseconds.
///
///     d NS DOMAIN AGENT COUNTER STREAMSEQ DELIVERYCOUNT     handed out
///     l NS STREAM LEADER                                    a stream's leader from now on; `-` for none
///     s DOMAIN STREAM SEQ AGENT COUNTER MSGID PAYLOADHASH   in a stream at the end
///     e TEXT                                                could not be read
///     end                                                   everything was tried
struct ReaderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reader", abstract: "Reads the broker's streams for the ledger.")

    @OptionGroup var access: BrokerAccess

    @Flag(help: "First consume every stream as it grows, until standard input ends or the run is over.")
    var follow = false

    @Flag(help: "Read every stream of every server to its end. After --follow always.")
    var final = false

    @Option(help: "Milliseconds without a message, after the run's end, that end the consuming.")
    var quiet: Int64 = 3000

    @Option(help: "Seconds to go on trying to read a stream at the end.")
    var patience: Int64 = 30

    func validate() throws {
        guard follow || final else { throw ValidationError("nothing to do: give --follow, --final or both") }
    }

    func run() throws {
        let broker: Broker
        do throws(FleetFileError) { broker = try access.load() } catch {
            throw ValidationError(error.message)
        }
        let output = ReaderOutput()
        if follow { followRun(broker, output) }
        FinalReading(broker: broker, output: output, patience: patience * .second).run()
        output.line(["end"])
    }

    /// Returns when standard input has ended or the run is over and quiet.
    private func followRun(_ broker: Broker, _ output: ReaderOutput) {
        let following = Following()
        // Each on a thread of its own, which blocks in the client library.
        let group = DispatchGroup()
        for domain in broker.domains {
            let consumer = FollowedStream(broker: broker, domain: domain, output: output, following: following)
            let leaders = LeaderWatch(broker: broker, domain: domain, output: output, following: following)
            DispatchQueue(label: "consume \(domain.name)").async(group: group) { consumer.run() }
            DispatchQueue(label: "leader \(domain.name)").async(group: group) { leaders.run() }
        }
        DispatchQueue(label: "standard input").async {
            var bytes = [UInt8](repeating: 0, count: 512)
            while true {
                let count = read(0, &bytes, bytes.count)
                if count == 0 || count < 0 && errno != EINTR { break }
            }
            following.end()
        }
        while !following.isOver {
            if isRunOver(following) { following.end() }
            usleep(100_000)
        }
        group.wait()
    }

    private func isRunOver(_ following: Following) -> Bool {
        guard let order = try? RunOrder.read(access.run), let stop = order.stopNs else { return false }
        let now = FleetClock.now
        let quiet = quiet * .millisecond
        return now > max(order.startNs + stop, following.lastDelivery) + quiet
    }
}
