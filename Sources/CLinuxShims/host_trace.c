#define _GNU_SOURCE
#include "host_trace.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int host_trace_seize(int thread) {
    // What it starts is seized and stopped with it: nothing of the process runs on beside the held threads.
    unsigned long options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
    if (ptrace(PTRACE_SEIZE, thread, NULL, options) < 0) return -errno;
    return ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) < 0 ? -errno : 0;
}

int host_trace_release(int thread, int signal) {
    return ptrace(PTRACE_DETACH, thread, NULL, (long)signal) < 0 ? -errno : 0;
}

int host_trace_next(int *status) {
    int thread = waitpid(-1, status, __WALL | WNOHANG);
    return thread < 0 ? -errno : thread;
}

int host_trace_signal(int status) {
    // An event of ptrace's own has its number above the signal's; only without one is a signal being delivered.
    return WIFSTOPPED(status) && status >> 16 == 0 ? WSTOPSIG(status) : 0;
}

int host_trace_is_stopped(int status) { return WIFSTOPPED(status); }
