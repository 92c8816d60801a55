#define _GNU_SOURCE
#include "fuse_system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int fuse_attach(const char *place, int device, unsigned root_mode) {
    char options[160];
    // The kernel checks modes and owners, which are those of the files behind.
    snprintf(options, sizeof options, "fd=%d,rootmode=%o,user_id=%u,group_id=%u,allow_other,default_permissions", device,
             root_mode, geteuid(), getegid());
    return mount("gauntlet-slow", place, "fuse.gauntlet-slow", MS_NOSUID | MS_NODEV, options) < 0 ? -errno : 0;
}

int fuse_detach(const char *place) { return umount2(place, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 ? -errno : 0; }

int fuse_rename(int from, const char *old, int to, const char *name, unsigned flags) {
    return syscall(SYS_renameat2, from, old, to, name, flags) < 0 ? -errno : 0;
}

int64_t fuse_seek(int descriptor, int64_t offset, int whence) {
    off_t found = lseek(descriptor, offset, whence);
    return found < 0 ? -errno : found;
}

int fuse_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}

int fuse_place(int directory, const char *name) {
    int place = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    return place < 0 ? -errno : place;
}

int fuse_give(int place, unsigned user, unsigned group) {
    return fchownat(place, "", user, group, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

// It finds the end of a file to append to by itself, and aligns nothing that we read into.
int fuse_open_flags(uint32_t flags) {
    return ((int)flags & ~(O_APPEND | O_DIRECT | O_NOFOLLOW | O_CREAT)) | O_CLOEXEC;
}

int fuse_allocate(int descriptor, int mode, int64_t offset, int64_t length) {
    return fallocate(descriptor, mode, offset, length) < 0 ? -errno : 0;
}
