#define _GNU_SOURCE
#include "host_namespace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

int host_fork(void) {
    pid_t pid = fork();
    return pid < 0 ? -errno : pid;
}

int host_fork_initial(void) {
    unsigned long flags =
        CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD;
    // The system call itself: glibc's fork takes no flags, and its clone() wants a stack. All arguments but the first are
    // null, so that their order, which differs between machines, does not matter.
    long pid = syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
    if (pid < 0) return -errno;
    if (pid == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) _exit(1);
    return (int)pid;
}

static int to_null(int descriptor) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return -errno;
    int result = dup2(null, descriptor) < 0 ? -errno : 0;
    if (null > 2) close(null);
    return result;
}

int host_keep_only(int kept, int speaks) {
    for (int i = 0; i < (speaks ? 2 : 3); i++) {
        int result = to_null(i);
        if (result < 0) return result;
    }
    if (kept > 3 && close_range(3, kept - 1, 0) < 0) return -errno;
    return close_range(kept + 1, ~0U, 0) < 0 ? -errno : 0;
}

int host_become_daemon(int kept) {
    if (setsid() < 0) return -errno;
    pid_t pid = fork();
    if (pid < 0) return -errno;
    if (pid > 0) _exit(0);
    if (chdir("/") < 0) return -errno;
    return host_keep_only(kept, 0);
}

int host_mount_private(void) { return mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ? -errno : 0; }
int host_bind(const char *from, const char *to) {
    return mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

int host_mount_tmpfs(const char *at, int64_t bytes, unsigned mode) {
    char options[64];
    if (bytes > 0) {
        snprintf(options, sizeof options, "mode=%o,size=%lld", mode, (long long)bytes);
    } else {
        snprintf(options, sizeof options, "mode=%o", mode);
    }
    return mount("tmpfs", at, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0 ? -errno : 0;
}

int host_mount_proc(const char *at) {
    return mount("proc", at, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ? -errno : 0;
}

int host_change_root(const char *root, const char *old) {
    if (syscall(SYS_pivot_root, root, old) < 0) return -errno;
    return chdir("/") < 0 ? -errno : 0;
}

int host_detach(const char *at) { return umount2(at, MNT_DETACH) < 0 ? -errno : 0; }
int host_new_network(void) { return unshare(CLONE_NEWNET) < 0 ? -errno : 0; }

// Signals as a program expects them at its start.
static void ordinary_signals(const sigset_t *mask) {
    for (int s = 1; s < NSIG; s++) signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, mask ? mask : &none, NULL);
}

// Beyond the standard streams nothing but `report`, which is above them and closes on exec.
static int close_all_but(int report) {
    if (report > 3 && close_range(3, report - 1, 0) < 0) return -errno;
    return close_range(report + 1, ~0U, 0) < 0 ? -errno : 0;
}

// What a child says when it cannot become what it should.
struct complaint {
    int error;
    int step;
};

static void complain(int report, int step) {
    struct complaint complaint = {errno, step};
    _exit(write(report, &complaint, sizeof complaint) == sizeof complaint ? 127 : 126);
}

// Of the child `pid`: 0 when it has executed its program, else it is waited for.
static int heard(int report, pid_t pid, int *step) {
    struct complaint complaint;
    ssize_t got;
    do got = read(report, &complaint, sizeof complaint);
    while (got < 0 && errno == EINTR);
    if (got != sizeof complaint) return 0;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    *step = complaint.step;
    return -complaint.error;
}

static void become(const struct host_program *program, int report) {
    if (setns(program->network, CLONE_NEWNET) < 0) complain(report, HOST_START_NETWORK);
    setsid();
    int log = open(program->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0 || to_null(0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0) complain(report, HOST_START_LOG);
    if (close_all_but(report) < 0 || chdir("/") < 0) complain(report, HOST_START_PROGRAM);
    ordinary_signals(NULL);
    execve(program->path, program->argv, program->envp);
    complain(report, HOST_START_PROGRAM);
}

int host_start(const struct host_program *program, int *step) {
    *step = HOST_START_FORK;
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    pid_t pid = fork();
    if (pid == 0) become(program, report[1]);
    int result = pid < 0 ? -errno : pid;
    close(report[1]);
    if (pid > 0) {
        int failure = heard(report[0], pid, step);
        if (failure < 0) result = failure;
    }
    close(report[0]);
    return result;
}

int host_connect_begin(const char *address, int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1) return -EINVAL;
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    if (connect(descriptor, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int host_connect_state(int descriptor) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return -errno;
    if (error) return -error;
    struct sockaddr_in peer;
    length = sizeof peer;
    return getpeername(descriptor, (struct sockaddr *)&peer, &length) == 0 ? 1 : 0;
}

// The length of an abstract address, or 0 for a name that does not fit.
static socklen_t abstract(const char *name, struct sockaddr_un *address) {
    size_t length = strlen(name);
    if (length + 1 > sizeof address->sun_path) return 0;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path + 1, name, length);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
}

int host_listen_abstract(const char *name) {
    struct sockaddr_un address;
    socklen_t length = abstract(name, &address);
    if (length == 0) return -ENAMETOOLONG;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    if (bind(descriptor, (struct sockaddr *)&address, length) < 0 || listen(descriptor, 64) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int host_connect_abstract(const char *name) {
    struct sockaddr_un address;
    socklen_t length = abstract(name, &address);
    if (length == 0) return -ENAMETOOLONG;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    if (connect(descriptor, (struct sockaddr *)&address, length) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int host_accept(int descriptor) {
    int accepted = accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return accepted < 0 ? -errno : accepted;
}

int64_t host_peer_user(int descriptor) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 ? -errno : (int64_t)peer.uid;
}

static void run_inside(char *const *argv, int report, int parent, const sigset_t *mask) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) complain(report, HOST_ENTER_PROGRAM);
    // It may have ended before. Its number means nothing in here.
    struct pollfd gone = {.fd = parent, .events = POLLIN};
    if (parent >= 0 && poll(&gone, 1, 0) == 1) _exit(126);
    if (chdir("/") < 0 || close_all_but(report) < 0) complain(report, HOST_ENTER_PROGRAM);
    ordinary_signals(mask);
    execvp(argv[0], argv);
    complain(report, HOST_ENTER_PROGRAM);
}

// Passes signals on to the program until it ends.
static int accompany(pid_t pid, const sigset_t *signals) {
    while (1) {
        int status;
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid) return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (ended < 0 && errno != EINTR) return -errno;
        siginfo_t info;
        int signal = sigwaitinfo(signals, &info);
        // The terminal's own go to its whole foreground group, so the program has them already.
        if (signal > 0 && signal != SIGCHLD && info.si_code != SI_KERNEL) kill(pid, signal);
    }
}

int host_enter(const int *namespaces, int count, char *const *argv, int *step) {
    *step = HOST_ENTER_NAMESPACE;
    for (int i = 0; i < count; i++) {
        if (setns(namespaces[i], 0) < 0) return -errno;
        // Who we are outside may be nobody inside, who could write no file there.
        if (i == 0 && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)) return -errno;
    }
    *step = HOST_ENTER_FORK;
    sigset_t signals, before;
    sigemptyset(&signals);
    const int passed[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD};
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) sigaddset(&signals, passed[i]);
    signal(SIGCHLD, SIG_DFL);
    if (sigprocmask(SIG_BLOCK, &signals, &before) < 0) return -errno;
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    // Above the standard streams, even if the caller has none.
    int high = fcntl(report[1], F_DUPFD_CLOEXEC, 3);
    close(report[1]);
    if (high < 0) return -errno;
    pid_t pid = fork();
    if (pid < 0) return -errno;
    if (pid == 0) run_inside(argv, high, self, &before);
    close(high);
    int failure = heard(report[0], pid, step);
    close(report[0]);
    if (self >= 0) close(self);
    return failure < 0 ? failure : accompany(pid, &signals);
}
