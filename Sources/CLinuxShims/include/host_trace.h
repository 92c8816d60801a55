#pragma once

// Holding the threads of other processes with ptrace. The kernel lets them go by itself when the holder dies.

/// Seizes the thread, with what it starts from now on, and stops it. 0 or -errno.
int host_trace_seize(int thread);
/// Lets a stopped thread go on; `signal` is delivered to it if not 0. 0 or -errno.
int host_trace_release(int thread, int signal);
/// The next seized thread that stopped or ended: its id and wait status; 0 if none did, or -errno. Never waits.
int host_trace_next(int *status);
/// The signal at whose delivery the thread with this wait status stopped; 0 if it stopped for us.
int host_trace_signal(int status);
/// Whether the wait status says that it stopped (else it ended).
int host_trace_is_stopped(int status);
