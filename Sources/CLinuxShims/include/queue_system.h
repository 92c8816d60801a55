#pragma once
#include <stdint.h>

// Sockets and timers of the delay engine.

/// Netfilter netlink socket: non-blocking, close-on-exec, never failing a read for want of room; or -errno.
/// Sets `*portid` to its address. `room` bytes of receive buffer are asked for, privileged if need be.
int queue_open(int room, uint32_t *portid);
/// Reads up to `count` messages into `buffers` (each `size` bytes) and sets `lengths`. Returns how many, or -errno.
int queue_receive(int descriptor, uint8_t *buffers, int size, int count, int *lengths);
/// 0 or -errno.
int queue_send(int descriptor, const uint8_t *bytes, int length);
/// CLOCK_MONOTONIC timer, non-blocking, close-on-exec; or -errno.
int queue_timer_create(void);
/// Fires once at `instant` (CLOCK_MONOTONIC, ns); 0 disarms. 0 or -errno.
int queue_timer_set(int descriptor, int64_t instant);
/// CLOCK_MONOTONIC in nanoseconds.
int64_t queue_monotonic(void);
/// Raw socket for whole packets of IP version 4 or 6, marked with `mark`; or -errno.
int queue_raw_open(int version, uint32_t mark);
/// Sends a whole IP packet to its own destination address; `link` is the interface of link-local ones. 0 or -errno.
int queue_raw_send(int descriptor, const uint8_t *packet, int length, uint32_t link);
