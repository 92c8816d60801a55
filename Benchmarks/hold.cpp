// The hold model of Sources/ChaosSim/HoldModel.swift on std::priority_queue: the same draws, the same total order, so the
// checksum must be the same; only the queue differs.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <queue>
#include <vector>

static uint64_t finalise(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

static uint64_t mix(uint64_t z) { return finalise(finalise(z)); }

static uint64_t hash(const char *name) {
    uint64_t hash = 0xCBF29CE484222325ull;
    for (; *name; name++) hash = (hash ^ uint8_t(*name)) * 0x100000001B3ull;
    return hash;
}

static const int cells = 4096;
static int64_t quantiles[cells];

// Step by step as in Distribution.swift, with + - * / only: the table must come out equal to the last bit.
static double logarithm(double x) {
    double halvings = 0;
    while (x < 0.5) {
        x *= 2;
        halvings += 1;
    }
    double y = (x - 1) / (x + 1), term = y, sum = 0;
    for (double n = 1; n < 60; n += 2) {
        sum += term / n;
        term *= y * y;
    }
    return 2 * sum - halvings * 0.6931471805599453;
}

static int64_t scaled(uint64_t random) {
    const int cell = int(random >> 52);
    if (cell == cells - 1) return quantiles[cell] + scaled(mix(random + 0x9E3779B97F4A7C15ull));
    const int64_t fraction = int64_t((random >> 20) & 0xFFFFFFFFull);
    const int64_t low = quantiles[cell];
    return low + (((quantiles[cell + 1] - low) * fraction) >> 32);
}

struct Event {
    unsigned __int128 key;
    uint64_t payload;
};

struct Later {
    bool operator()(const Event &a, const Event &b) const { return a.key > b.key; }
};

static double cpuSeconds() {
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: hold PENDING WARM-UP HOLDS SEED\n");
        return 64;
    }
    const uint64_t pending = std::strtoull(argv[1], nullptr, 10);
    const uint64_t warmUp = std::strtoull(argv[2], nullptr, 10);
    const uint64_t holds = std::strtoull(argv[3], nullptr, 10);
    const uint64_t seed = std::strtoull(argv[4], nullptr, 10);
    for (int i = 0; i < cells; i++) {
        quantiles[i] = int64_t(-logarithm(1 - double(i) / double(cells)) * double(1 << 20));
    }
    const uint64_t golden = 0x9E3779B97F4A7C15ull;
    // As in Draw.swift, for entity 0.
    const uint64_t stream = mix(mix(mix(seed) ^ hash("service-time")) ^ 0);
    uint64_t draws = 0, checksum = 0;
    std::vector<Event> storage;
    storage.reserve(pending + 1);
    std::priority_queue<Event, std::vector<Event>, Later> queue(Later(), std::move(storage));
    auto push = [&](int64_t now, uint64_t payload) {
        const int64_t time = now + ((1000000 * scaled(mix(stream + (draws + 1) * golden))) >> 20);
        queue.push({(unsigned __int128)(uint64_t(time)) << 64 | draws, payload});
        draws += 1;
    };
    auto run = [&](uint64_t count) {
        for (uint64_t i = 0; i < count; i++) {
            const Event event = queue.top();
            queue.pop();
            const int64_t now = int64_t(event.key >> 64);
            checksum = (checksum * golden) ^ uint64_t(now) ^ event.payload;
            push(now, event.payload);
        }
    };
    for (uint64_t payload = 0; payload < pending; payload++) push(0, payload);
    run(warmUp);
    const double began = cpuSeconds();
    run(holds);
    std::printf("seconds=%.9f\nchecksum=%016llx\n", cpuSeconds() - began, (unsigned long long)checksum);
}
