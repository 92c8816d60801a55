#define _GNU_SOURCE
#include "host_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HOST_SPAWN_DESCRIPTORS = 64 };

int host_pidfd_open(int pid) {
    long descriptor = syscall(SYS_pidfd_open, pid, 0);
    return descriptor < 0 ? -errno : (int)descriptor;
}

int host_pidfd_send_signal(int pidfd, int signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

// Of a priority and a mortality of its own: the executor's are for the executor.
static void be_ordinary(void) {
    setpriority(PRIO_PROCESS, 0, 0);
    int adjustment = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (adjustment >= 0) {
        if (write(adjustment, "0", 1) < 0) errno = 0;
        close(adjustment);
    }
}

// What the child says of itself: once its number, if it is detached, once that it stands at its gate, if it has one, and
// once its error, if it cannot execute.
struct word {
    int error;
    pid_t pid;
};

enum { GATED = 1 << 16 };  // besides the flags of callers

// Closes all from `first` but two, which lie above it.
static int close_but(unsigned first, unsigned one, unsigned other) {
    unsigned low = one < other ? one : other, high = one < other ? other : one;
    if (low > first && close_range(first, low - 1, 0) < 0) return -1;
    if (high > low + 1 && close_range(low + 1, high - 1, 0) < 0) return -1;
    return close_range(high + 1, ~0U, 0);
}

// Runs in the child with `report` above all target numbers; returns only on failure.
static int become(const char *path, char *const argv[], char *const envp[], const int *descriptors, int count, int flags,
                  const struct host_spawn_place *place, host_worker_body body, int report, pid_t parent) {
    if (flags & (HOST_SPAWN_DIE_WITH_PARENT | GATED)) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return errno;
        if (getppid() != parent) return ESRCH;  // it died before the signal was armed
    }
    if ((flags & HOST_SPAWN_NEW_SESSION) && !(flags & HOST_SPAWN_DETACHED) && setsid() < 0) return errno;
    if (flags & HOST_SPAWN_ORDINARY) be_ordinary();
    if (place && place->cgroup >= 0 && write(place->cgroup, "0", 1) < 0) return errno;
    if (place && place->directory && chdir(place->directory) < 0) return errno;
    // First out of the way, then into place: a target number may be the source of another.
    int high[HOST_SPAWN_DESCRIPTORS];
    if (count > HOST_SPAWN_DESCRIPTORS) return EINVAL;
    for (int i = 0; i < count; i++) {
        int source = descriptors[i] >= 0 ? descriptors[i] : open("/dev/null", O_RDWR | O_CLOEXEC);
        if (source < 0 || (high[i] = fcntl(source, F_DUPFD_CLOEXEC, HOST_SPAWN_DESCRIPTORS)) < 0) return errno;
    }
    for (int i = 0; i < count; i++)
        if (dup2(high[i], i) < 0) return errno;
    int hold = report;
    if (place && place->hold >= 0 && (hold = fcntl(place->hold, F_DUPFD_CLOEXEC, HOST_SPAWN_DESCRIPTORS)) < 0) return errno;
    if (close_but(count, report, hold) < 0) return errno;
    for (int s = 1; s < 32; s++) signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (body) {
        close(report);
        _exit(body(argv));
    }
    if (flags & GATED) {
        struct word ready = {0, 0};
        char byte;
        ssize_t got;
        if (write(report, &ready, sizeof ready) != sizeof ready) return errno;
        while ((got = read(report, &byte, 1)) < 0 && errno == EINTR) {}
        // Closed: nobody knows of it, so that it must not begin.
        if (got != 1) _exit(127);
        if (!(flags & HOST_SPAWN_DIE_WITH_PARENT) && prctl(PR_SET_PDEATHSIG, 0) < 0) return errno;
    }
    execve(path, argv, envp);
    return errno;
}

static int spawn(const char *path, char *const *argv, char *const *envp, const int *descriptors, int count, int flags,
                 const struct host_spawn_place *place, host_worker_body body, int *gate, int *pidfd) {
    int report[2];
    if (gate) flags |= GATED;
    if ((gate ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, report) : pipe2(report, O_CLOEXEC)) < 0) return -errno;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        int high = fcntl(report[1], F_DUPFD_CLOEXEC, HOST_SPAWN_DESCRIPTORS);
        if (high < 0) _exit(127);
        if (flags & HOST_SPAWN_DETACHED) {
            // A session of its own, and then no longer our child: init's to reap.
            setsid();
            if (fork() != 0) _exit(0);
            struct word here = {0, getpid()};
            if (write(high, &here, sizeof here) != sizeof here) _exit(126);
        }
        struct word failed = {become(path, argv, envp, descriptors, count, flags, place, body, high, parent), 0};
        _exit(write(high, &failed, sizeof failed) == sizeof failed ? 127 : 126);
    }
    int failure = pid < 0 ? errno : 0;
    close(report[1]);
    if (pid > 0) {
        struct word word;
        ssize_t got;
        pid_t child = pid;
        while ((got = read(report[0], &word, sizeof word)) == sizeof word || (got < 0 && errno == EINTR)) {
            if (got < 0) continue;
            if (word.error) failure = word.error;
            if (word.pid) pid = word.pid;
            if (gate && !word.error) break;
        }
        if (gate && got == 0 && !failure) failure = ECHILD;  // it died before it was ready
        if (failure || (flags & HOST_SPAWN_DETACHED)) {
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
            if (!failure && pid == child) failure = EAGAIN;  // the second fork failed
        }
    }
    if (gate && !failure)
        *gate = report[0];
    else
        close(report[0]);
    if (failure) return -failure;
    // Our own child, not yet waited for: the number cannot have been given to another. A detached one may have ended.
    *pidfd = host_pidfd_open(pid);
    return pid;
}

int host_spawn(const char *path, char *const *argv, char *const *envp, const int *descriptors, int count, int flags,
               int *pidfd) {
    return spawn(path, argv, envp, descriptors, count, flags, NULL, NULL, NULL, pidfd);
}

int host_spawn_at(const char *path, char *const *argv, char *const *envp, const int *descriptors, int count, int flags,
                  const struct host_spawn_place *place, int *pidfd) {
    return spawn(path, argv, envp, descriptors, count, flags, place, NULL, NULL, pidfd);
}

int host_spawn_worker(host_worker_body body, char *const *argv, const int *descriptors, int count, int flags, int *pidfd) {
    return spawn(NULL, argv, NULL, descriptors, count, flags, NULL, body, NULL, pidfd);
}

int host_spawn_gated(const char *path, char *const *argv, char *const *envp, const int *descriptors, int count, int flags,
                     const struct host_spawn_place *place, int *gate, int *pidfd) {
    return spawn(path, argv, envp, descriptors, count, flags, place, NULL, gate, pidfd);
}

int host_spawn_release(int gate) {
    struct word word = {0, 0};
    char byte = 10;
    ssize_t got = -1;
    int failure = 0;
    if (send(gate, &byte, 1, MSG_NOSIGNAL) == 1)
        while ((got = recv(gate, &word, sizeof word, 0)) < 0 && errno == EINTR) {}
    if (got < 0) failure = errno == EPIPE || errno == ECONNRESET ? ESRCH : errno;
    if (got == sizeof word) failure = word.error;
    close(gate);
    return -failure;
}

int host_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0; }
int host_least_timer_slack(void) { return prctl(PR_SET_TIMERSLACK, 1) < 0 ? -errno : 0; }
int host_set_name(const char *name) { return prctl(PR_SET_NAME, name) < 0 ? -errno : 0; }

int host_realtime(int priority) {
    struct sched_param parameters = {.sched_priority = priority};
    return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) < 0 ? -errno : 0;
}

int host_lock_memory(void) { return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0 ? -errno : 0; }
int host_setns(int descriptor, int type) { return setns(descriptor, type) < 0 ? -errno : 0; }
