#pragma once
#include <stdint.h>
#include <sys/types.h>

// Disk, processor, memory and clock: what Swift's Glibc module does not show.

/// A new file without a name in `directory`, for reading and writing, close-on-exec; or -errno.
int host_open_unnamed(const char *directory);
/// Real blocks for [offset, offset + length). 0 or -errno.
int host_allocate(int descriptor, int64_t offset, int64_t length);
/// Writes as a program without root's reserve would (no CAP_SYS_RESOURCE, another file system user); bytes or -errno.
/// For processes with one thread.
int64_t host_write_unprivileged(int descriptor, const void *bytes, uint64_t count);
/// f_type of the file system that holds `path`, or 0.
int64_t host_file_system_type(const char *path);

/// Processor time of a process since its start in nanoseconds, to the instant, or -errno.
int64_t host_processor_time(int pid);
/// Of the calling thread, in nanoseconds.
int64_t host_own_processor_time(void);
/// Numbers of the processors that this process may use; how many, or -errno.
int host_processors(int *numbers, int capacity);
/// The calling process runs on this processor only. 0 or -errno.
int host_pin(int processor);

/// CLOCK_REALTIME in nanoseconds.
int64_t host_wall_clock(void);
/// Sets CLOCK_REALTIME. 0 or -errno.
int host_set_wall_clock(int64_t nanoseconds);

/// Waits until `descriptor` is readable (or its far end gone): 1, after so many nanoseconds 0, or -errno.
int host_await(int descriptor, int64_t nanoseconds);
