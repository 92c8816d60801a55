#define _GNU_SOURCE
#include "host_load.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { HOST_NOBODY = 65534 };

int host_open_unnamed(const char *directory) {
    int descriptor = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return descriptor < 0 ? -errno : descriptor;
}

int host_allocate(int descriptor, int64_t offset, int64_t length) {
    return fallocate(descriptor, 0, offset, length) < 0 ? -errno : 0;
}

int64_t host_write_unprivileged(int descriptor, const void *bytes, uint64_t count) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct had[2], fewer[2];
    if (syscall(SYS_capget, &header, had) < 0) return -errno;
    uid_t user = setfsuid(HOST_NOBODY);
    gid_t group = setfsgid(HOST_NOBODY);
    // Changing the user has dropped capabilities too; only the effective ones change, so that they can come back.
    fewer[0] = had[0];
    fewer[1] = had[1];
    fewer[CAP_TO_INDEX(CAP_SYS_RESOURCE)].effective &= ~CAP_TO_MASK(CAP_SYS_RESOURCE);
    int64_t result = syscall(SYS_capset, &header, fewer) < 0 ? -errno : 0;
    if (result == 0) {
        ssize_t written = write(descriptor, bytes, count);
        result = written < 0 ? -errno : written;
    }
    setfsuid(user);
    setfsgid(group);
    syscall(SYS_capset, &header, had);
    return result;
}

int64_t host_file_system_type(const char *path) {
    struct statfs figures;
    return statfs(path, &figures) < 0 ? 0 : (int64_t)figures.f_type;
}

static int64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    return clock_gettime(clock, &now) < 0 ? -errno : (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t host_processor_time(int pid) {
    clockid_t clock;
    int error = clock_getcpuclockid(pid, &clock);
    return error ? -error : nanoseconds(clock);
}

int64_t host_own_processor_time(void) { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

int host_processors(int *numbers, int capacity) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0) return -errno;
    int count = 0;
    for (int i = 0; i < CPU_SETSIZE && count < capacity; i++)
        if (CPU_ISSET(i, &set)) numbers[count++] = i;
    return count;
}

int host_pin(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return sched_setaffinity(0, sizeof set, &set) < 0 ? -errno : 0;
}

int64_t host_wall_clock(void) { return nanoseconds(CLOCK_REALTIME); }

int host_set_wall_clock(int64_t value) {
    struct timespec when = {.tv_sec = value / 1000000000, .tv_nsec = value % 1000000000};
    return clock_settime(CLOCK_REALTIME, &when) < 0 ? -errno : 0;
}

int host_await(int descriptor, int64_t nanoseconds_) {
    struct pollfd wait = {.fd = descriptor, .events = POLLIN};
    struct timespec limit = {.tv_sec = nanoseconds_ / 1000000000, .tv_nsec = nanoseconds_ % 1000000000};
    int count = ppoll(&wait, 1, &limit, NULL);
    return count < 0 ? -errno : count;
}
