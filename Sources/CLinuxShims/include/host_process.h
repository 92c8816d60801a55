#pragma once
#include <stdint.h>
#include <sys/types.h>

// Starting and holding processes: what Swift cannot call itself (fork, variadic functions, system calls without a wrapper).

enum {
    HOST_SPAWN_DIE_WITH_PARENT = 1,  // SIGKILL when the parent's calling thread ends
    HOST_SPAWN_NEW_SESSION = 2,
    HOST_SPAWN_ORDINARY = 4,  // without the caller's own priority and OOM score
    HOST_SPAWN_DETACHED = 8,  // in a session of its own and not the caller's child: it may outlive it
};

/// Forks and executes `path`. Descriptor i of the child is `descriptors[i]` (-1: /dev/null); all others are closed there.
/// Returns the pid and sets `*pidfd` (close-on-exec), or returns -errno, of a failed exec too.
int host_spawn(const char *path, char *const *argv, char *const *envp, const int *descriptors, int count, int flags,
               int *pidfd);

/// What a forked child does; its result is the child's exit code.
typedef int (*host_worker_body)(char *const *argv);

/// As `host_spawn`, but the child is a copy of this process that runs `body(argv)`. Only for a process with one thread.
int host_spawn_worker(host_worker_body body, char *const *argv, const int *descriptors, int count, int flags, int *pidfd);

/// Where a process begins.
struct host_spawn_place {
    const char *directory;  // NULL: the caller's
    int cgroup;             // a descriptor of its `cgroup.procs`, or -1
    int hold;               // a descriptor that stays open in the child until it executes, or -1: a lock, say
};

/// As `host_spawn`, in a place. For a detached process that has ended already `*pidfd` is negative.
int host_spawn_at(const char *path, char *const *argv, char *const *envp, const int *descriptors, int count, int flags,
                  const struct host_spawn_place *place, int *pidfd);

/// As `host_spawn_at` (not detached), but the process stands ready, and dies with the calling thread, until
/// `host_spawn_release(*gate)`; a close of the gate ends it, too.
int host_spawn_gated(const char *path, char *const *argv, char *const *envp, const int *descriptors, int count, int flags,
                     const struct host_spawn_place *place, int *gate, int *pidfd);
/// Lets it execute, and no longer die with its parent. Returns when it has, or -errno; closes the gate.
int host_spawn_release(int gate);

/// A descriptor for a process (close-on-exec), or -errno.
int host_pidfd_open(int pid);
/// 0 or -errno.
int host_pidfd_send_signal(int pidfd, int signal);

/// 0 or -errno.
int host_die_with_parent(void);
/// Timers of this process fire as close to their instant as the kernel can (1 ns of slack). 0 or -errno.
int host_least_timer_slack(void);
/// SIGKILL-proof names for `ps`; at most 15 bytes. 0 or -errno.
int host_set_name(const char *name);
/// SCHED_FIFO at `priority`, reset for children. 0 or -errno.
int host_realtime(int priority);
/// All memory now and later. 0 or -errno.
int host_lock_memory(void);
/// `type` is a CLONE_NEW… flag or 0 for any. 0 or -errno.
int host_setns(int descriptor, int type);
