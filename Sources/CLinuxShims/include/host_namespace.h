#pragma once
#include <stdint.h>
#include <sys/types.h>

// Throw-away namespaces and the processes in them. Functions return 0, or what is said, or -errno.

/// A copy of this process: 0 in the copy, its number here. Only for a process with one thread.
int host_fork(void);
/// As `host_fork`, but the copy is the first process of new user, pid, network, mount, IPC and UTS namespaces, and the kernel
/// kills it when this process ends.
int host_fork_initial(void);
/// Closes every descriptor from 3 on but `kept`, and makes 0 and 1 /dev/null; 2 too unless `speaks`.
int host_keep_only(int kept, int speaks);
/// Leaves the caller's session and standard streams for good; the child of it all goes on with 0 as the result, the processes
/// before end. Only for a process with one thread.
int host_become_daemon(int kept);

/// No mount that is made from now on is seen outside of this mount namespace. What is unmounted outside (where mounts are
/// shared at all) is unmounted here too, so that nothing is kept busy.
int host_mount_private(void);
/// With all that is mounted below `from`.
int host_bind(const char *from, const char *to);
/// Of `bytes` at most; 0 for the kernel's limit.
int host_mount_tmpfs(const char *at, int64_t bytes, unsigned mode);
int host_mount_proc(const char *at);
/// `root` (a mount) becomes `/`, and what was is seen at `old`, a directory below `root`.
int host_change_root(const char *root, const char *old);
int host_detach(const char *at);
/// This process enters a new network namespace.
int host_new_network(void);

struct host_program {
    const char *path;
    char *const *argv;
    char *const *envp;
    const char *log;  // its output and errors, appended
    int network;      // a descriptor of its network namespace
};
enum { HOST_START_FORK, HOST_START_NETWORK, HOST_START_LOG, HOST_START_PROGRAM };
/// Starts a program in a session of its own, with no descriptor but 0 (/dev/null), 1 and 2. Returns its number; on failure
/// `*step` says what could not be done. Only for a process with one thread.
int host_start(const struct host_program *program, int *step);

/// A TCP connection to an IPv4 address being made; a descriptor.
int host_connect_begin(const char *address, int port);
/// 1 when it is made, 0 while it is under way.
int host_connect_state(int descriptor);

/// A listening socket that only the kernel knows by its name: no file; gone with its last descriptor. Non-blocking.
int host_listen_abstract(const char *name);
int host_connect_abstract(const char *name);
/// The next connection, non-blocking.
int host_accept(int descriptor);
/// The user at the far end of a local socket.
int64_t host_peer_user(int descriptor);

enum { HOST_ENTER_NAMESPACE, HOST_ENTER_FORK, HOST_ENTER_PROGRAM };
/// Enters the namespaces (user first, then in any order) and runs a program with the caller's standard streams, at `/`.
/// Returns its exit code, 128 + n for signal n; on failure `*step` says what could not be done. SIGTERM, SIGINT, SIGHUP and
/// SIGQUIT to this process are passed on; its end ends the program. Only for a process with one thread.
int host_enter(const int *namespaces, int count, char *const *argv, int *step);
