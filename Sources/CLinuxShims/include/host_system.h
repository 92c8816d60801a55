#pragma once
#include <stdint.h>
#include <sys/epoll.h>

// Descriptors of the kernel's that Glibc's module does not show.

/// CLOCK_BOOTTIME timer, non-blocking, close-on-exec; or -errno.
int host_timer_create(void);
/// Fires once at `instant` (CLOCK_BOOTTIME, ns); 0 disarms. 0 or -errno.
int host_timer_set(int descriptor, int64_t instant);
/// CLOCK_BOOTTIME in nanoseconds.
int64_t host_boottime(void);
/// Reads of the returned descriptor yield the given signals, which are blocked; or -errno.
int host_signal_descriptor(const int *signals, int count);
/// The next signal pending at the descriptor, 0 if none.
int host_signal_read(int descriptor);
/// SO_NETNS_COOKIE of this process's network namespace; 0 where the kernel has none.
uint64_t host_netns_cookie(void);
/// Close-on-exec pair of connected stream sockets. 0 or -errno.
int host_socket_pair(int pair[2]);
