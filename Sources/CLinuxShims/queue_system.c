#define _GNU_SOURCE
#include "queue_system.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE_MESSAGES = 64 };

static int closing(int descriptor) {
    int error = errno;
    close(descriptor);
    return -error;
}

int queue_open(int room, uint32_t *portid) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
    if (descriptor < 0) return -errno;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    socklen_t length = sizeof address;
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0 ||
        getsockname(descriptor, (struct sockaddr *)&address, &length) < 0)
        return closing(descriptor);
    *portid = address.nl_pid;
    // Best effort: less room means that bursts pass unheld earlier.
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    int on = 1;
    setsockopt(descriptor, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on);
    return descriptor;
}

int queue_receive(int descriptor, uint8_t *buffers, int size, int count, int *lengths) {
    struct mmsghdr headers[QUEUE_MESSAGES];
    struct iovec vectors[QUEUE_MESSAGES];
    if (count > QUEUE_MESSAGES) count = QUEUE_MESSAGES;
    for (int i = 0; i < count; i++) {
        vectors[i] = (struct iovec){.iov_base = buffers + (size_t)i * size, .iov_len = size};
        headers[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[i], .msg_iovlen = 1}};
    }
    int got = recvmmsg(descriptor, headers, count, MSG_DONTWAIT, NULL);
    if (got < 0) return -errno;
    // One that did not fit is unreadable: given as empty.
    for (int i = 0; i < got; i++) lengths[i] = headers[i].msg_hdr.msg_flags & MSG_TRUNC ? 0 : (int)headers[i].msg_len;
    return got;
}

int queue_send(int descriptor, const uint8_t *bytes, int length) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent;
    do sent = sendto(descriptor, bytes, length, 0, (struct sockaddr *)&kernel, sizeof kernel);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

int queue_timer_create(void) {
    int descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int queue_timer_set(int descriptor, int64_t instant) {
    struct itimerspec when = {.it_value = {.tv_sec = instant / 1000000000, .tv_nsec = instant % 1000000000}};
    return timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &when, NULL) < 0 ? -errno : 0;
}

int64_t queue_monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int queue_raw_open(int version, uint32_t mark) {
    // IPPROTO_RAW: the header is part of what is sent.
    int descriptor = socket(version == 6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
    if (descriptor < 0) return -errno;
    if (setsockopt(descriptor, SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0) return closing(descriptor);
    return descriptor;
}

int queue_raw_send(int descriptor, const uint8_t *packet, int length, uint32_t link) {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } to;
    socklen_t size;
    memset(&to, 0, sizeof to);
    if (length >= 40 && packet[0] >> 4 == 6) {
        to.six.sin6_family = AF_INET6;
        memcpy(&to.six.sin6_addr, packet + 24, 16);
        if (packet[24] == 0xfe && (packet[25] & 0xc0) == 0x80) to.six.sin6_scope_id = link;
        size = sizeof to.six;
    } else if (length >= 20 && packet[0] >> 4 == 4) {
        to.four.sin_family = AF_INET;
        memcpy(&to.four.sin_addr, packet + 16, 4);
        size = sizeof to.four;
    } else {
        return -EINVAL;
    }
    return sendto(descriptor, packet, length, MSG_NOSIGNAL, &to.any, size) < 0 ? -errno : 0;
}
