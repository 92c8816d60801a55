// Sends and receives numbered UDP packets with their send time; both ends share one machine's clock.
//
//   load send ADDRESS PORT PACKETS-PER-SECOND SECONDS
//   load receive PORT SECONDS        (ends a second after the last packet, SECONDS after the start at the latest)
//
// Each prints one line of JSON. Times are in microseconds.
import Glibc

func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

func address(_ text: String, _ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, text, &address.sin_addr)
    return address
}

func withSocketAddress<T>(_ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
    var copy = address
    return withUnsafePointer(to: &copy) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}

let words = CommandLine.arguments
// Before whatever else runs here, so that the load measures the engine; below the engine's own priority.
var priority = sched_param(sched_priority: 5)
sched_setscheduler(0, SCHED_FIFO, &priority)
let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
var payload = [Int64](repeating: 0, count: 8)

if words.count == 6, words[1] == "send", let port = UInt16(words[3]), let rate = Int64(words[4]),
    let seconds = Int64(words[5])
{
    var room: Int32 = 8 << 20
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &room, 4)
    guard withSocketAddress(address(words[2], port), { connect(descriptor, $0, $1) }) == 0 else { exit(1) }
    let start = now()
    let total = rate * seconds
    var sent: Int64 = 0
    var refused = 0
    while sent < total {
        let time = now()
        // All that are due by now; a late wake-up sends a burst, and each carries its true send time.
        let due = min(total, (time - start) * rate / 1_000_000_000 + 1)
        while sent < due {
            payload[0] = sent
            payload[1] = now()
            if send(descriptor, payload, 64, 0) != 64 { refused += 1 }
            sent += 1
        }
        var pause = timespec(tv_sec: 0, tv_nsec: Int(max(20_000, min(200_000, 1_000_000_000 / rate / 2))))
        nanosleep(&pause, nil)
    }
    let took = Double(now() - start) / 1e9
    print("{\"sent\": \(sent), \"refused\": \(refused), \"rate\": \(Int(Double(sent) / took))}")
} else if words.count == 4, words[1] == "receive", let port = UInt16(words[2]), let seconds = Int64(words[3]) {
    var room: Int32 = 128 << 20
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, 4)
    guard withSocketAddress(address("0.0.0.0", port), { bind(descriptor, $0, $1) }) == 0 else { exit(1) }
    var patience = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var delays: [Int64] = []
    delays.reserveCapacity(4_000_000)
    var outOfOrder = 0
    var last: Int64 = -1
    let limit = now() + seconds * 1_000_000_000
    while now() < limit {
        guard recv(descriptor, &payload, 64, 0) == 64 else {
            if delays.isEmpty { continue }
            break
        }
        delays.append(now() - payload[1])
        if payload[0] < last { outOfOrder += 1 }
        last = payload[0]
    }
    delays.sort()
    func at(_ share: Double) -> Double {
        delays.isEmpty ? 0 : Double(delays[min(delays.count - 1, Int(Double(delays.count) * share))]) / 1_000
    }
    print(
        "{\"received\": \(delays.count), \"out_of_order\": \(outOfOrder), \"median\": \(at(0.5)), "
            + "\"p99\": \(at(0.99)), \"max\": \(at(1))}")
} else {
    print("usage: load send ADDRESS PORT RATE SECONDS | load receive PORT SECONDS")
    exit(2)
}
